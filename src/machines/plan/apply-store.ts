/** What the plan learns from the store: versions on disk, proofs, blocks stored or wrong. */

import type {StoreEvent} from '../events.js';
import {HEDGED, LEASED, MISSING, STORED} from './blocks.js';
import {forEachBlock, type Plan, PROVING} from './plan.js';
import {banFalseClaims, banServer, reviveLost} from './server-fate.js';

export function applyStore(plan: Plan, event: StoreEvent): void {
  switch (event.type) {
    case 'store.prepared':
      return applyPrepared(plan, event);
    case 'store.hashing':
      plan.hashedBytes = event.doneBytes;
      return;
    case 'store.opened':
      return applyOpened(plan, event);
    case 'root.proved':
      return applyRootProved(plan, event.atMs);
    case 'root.refuted':
      return applyRootRefuted(plan);
    case 'fragment.proved':
      return applyFragmentProved(plan, event);
    case 'fragment.refuted':
      plan.digests.delete(event.fragment);
      return banServer(plan, plan.fleet.serverOf(event.connection), {
        kind: 'wrong-digests',
        fragment: event.fragment,
        detail: 'the digests of its blocks do not make up the digest of the fragment',
      });
    case 'fragment.unknown':
      plan.digests.delete(event.fragment);
      plan.unrecallable?.add(event.fragment);
      return;
    case 'block.stored':
      return applyStored(plan, event);
    case 'block.wrong':
      return applyWrong(plan, event);
    case 'store.paused':
      plan.isDiskFull = true;
      plan.notices.push({
        kind: 'disk-full',
        path: event.path,
        needBytes: event.needBytes,
        waitMs: event.waitMs,
      });
      return;
    case 'store.resumed':
      plan.isDiskFull = false;
      return;
    case 'store.finished':
      plan.stage = {kind: 'done', output: event.output, sha256Verified: event.sha256Verified};
      return;
    case 'store.failed':
      return plan.fail(event.error);
  }
}

function applyPrepared(plan: Plan, event: StoreEvent & {type: 'store.prepared'}): void {
  plan.leftovers = event.leftovers;
  plan.stage = {kind: 'asking', firstOfferAtMs: null};
}

function applyOpened(plan: Plan, event: StoreEvent & {type: 'store.opened'}): void {
  const {manifest} = plan;
  if (manifest === null) throw new Error('the store opened a version nobody asked for');
  plan.openBlocks(manifest, event.trusted, event.unchecked);
  const isResumed = event.trusted.length + event.unchecked.length > 0;
  const {resumedBytes: bytes, uncheckedBytes} = plan;
  if (isResumed) plan.notices.push({kind: 'resuming', bytes, uncheckedBytes});
  plan.hashedBytes = 0;
  if (isResumed || event.hasFragmentDigests) plan.unrecallable = new Set();
  if (event.complete) {
    forEachBlock(everyRun(plan), (fragment, block) => plan.blocks.set(fragment, block, STORED));
    plan.resumedBytes = manifest.size;
  }
  // An earlier run had proved the version, and what it knew is gone since: proved it is, but who has the digests?
  const hasDigests = plan.fragmentDigests.length > 0 || event.hasFragmentDigests || plan.blocks.isComplete;
  if (!hasDigests && plan.blocks.total > 0) plan.stage = PROVING;
  else startFetching(plan, event.atMs);
}

function* everyRunOf(plan: Plan) {
  for (let fragment = 1; fragment <= plan.blocks.fragments; fragment++) {
    yield {fragment, first: 0, end: plan.blocks.blocksOf(fragment)};
  }
}

const everyRun = (plan: Plan) => [...everyRunOf(plan)];

function startFetching(plan: Plan, atMs: number): void {
  plan.fragmentDigests = new Uint8Array(0);
  plan.stage = {kind: 'fetching'};
  plan.progressAtMs = atMs;
}

function applyRootProved(plan: Plan, atMs: number): void {
  plan.isProved = true;
  banFalseClaims(plan);
  if (plan.hasBlocks) startFetching(plan, atMs);
  else plan.stage = {kind: 'opening', isAsked: false};
}

/** Size, SHA-256 and digests are the word of one server: what it says does not fit together. */
function applyRootRefuted(plan: Plan): void {
  if (plan.stage.kind !== 'proving' || plan.stage.claimant === null) return;
  const server = plan.fleet.servers[plan.stage.claimant];
  plan.stage = PROVING;
  plan.fragmentDigests = new Uint8Array(0);
  if (server === undefined) return;
  banServer(plan, server, {
    kind: 'wrong-digests',
    fragment: null,
    detail: 'its fragment digests do not make up the root it named',
  });
}

/** Blocks that an older part has are taken out of any lease before they go to the workers. */
function applyFragmentProved(plan: Plan, event: StoreEvent & {type: 'fragment.proved'}): void {
  plan.digests.set(event.fragment, {kind: 'proved'});
  if (event.salvaged.length === 0) return;
  for (const row of plan.fleet.connections) {
    if (row.lease?.fragment !== event.fragment) continue;
    plan.releaseRun({fragment: event.fragment, first: row.lease.next, end: row.lease.end});
    row.lease = null;
  }
  plan.lookAt(event.salvaged);
  plan.touched.add(event.fragment);
}

function applyStored(plan: Plan, event: StoreEvent & {type: 'block.stored'}): void {
  if (plan.blocks.stateOf(event.fragment, event.block) === STORED) return;
  plan.blocks.set(event.fragment, event.block, STORED);
  plan.touched.add(event.fragment);
  plan.progressAtMs = event.atMs;
  if (event.origin.kind !== 'network') {
    plan.resumedBytes += event.bytes;
    plan.uncheckedBytes -= event.bytes;
    return;
  }
  if (plan.lastBlockAtMs === null) reviveLost(plan, event.atMs);
  plan.lastBlockAtMs = event.atMs;
  plan.storedBytes += event.bytes;
  plan.fleet.serverOf(event.origin.connection).blocks++;
}

function applyWrong(plan: Plan, event: StoreEvent & {type: 'block.wrong'}): void {
  const {fragment, block} = event;
  const state = plan.blocks.stateOf(fragment, block);
  if (state !== STORED && state !== LEASED && state !== HEDGED) plan.blocks.set(fragment, block, MISSING);
  plan.touched.add(fragment);
  const bytes = plan.blocks.lengthOf(fragment, block);
  if (event.connection === null) {
    plan.uncheckedBytes -= bytes;
    return;
  }
  plan.wastedBytes += bytes;
  banServer(plan, plan.fleet.serverOf(event.connection), {
    kind: 'wrong-block',
    fragment,
    block,
    expected: event.expected,
    received: event.received,
  });
}
