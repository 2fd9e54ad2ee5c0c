/** Why a download cannot go on, as an error that names the servers and says what to do. Pure. */

import {FdlError, worstOf} from '../../errors.js';
import type {Evidence, HexDigest, RefusalCode} from '../../model.js';
import {REFUSAL_WORDS} from '../../report.js';
import type {Offer} from './agreement.js';
import {holdsFragment, type ServerRow} from './fleet.js';
import type {Plan} from './plan.js';

/** Fragments named in a message; more are counted. */
const FRAGMENTS_NAMED_MAX = 8;
/** Servers named in a message; more are counted. */
const SERVERS_NAMED_MAX = 8;

/** Planning ended without a manifest. */
export function nothingOffered(plan: Plan): FdlError {
  const {file} = plan.options;
  const {servers} = plan.fleet;
  const banned = servers.filter(({state}) => state.kind === 'banned');
  const absent = servers.filter(({state}) => state.kind === 'absent');
  if (banned.length > 0) return unverifiable(plan, banned);
  if (absent.length > 0 && servers.every(({state}) => state.kind === 'absent' || state.kind === 'alias')) {
    return new FdlError('file-not-found', `no server has ${quote(file)}: ${describe(absent)}`, {
      hint: 'Check the name: it is the path below the folder that the servers offer.',
    });
  }
  const reached = absent.length === 0 ? '' : `; ${describe(absent)}`;
  const lost = servers.filter(({state}) => state.kind === 'lost');
  return new FdlError(
    'no-server-reachable',
    `no server could be asked for ${quote(file)}: ${describe(lost)}${reached}`,
    {
      hint: 'Check that the servers run and that the addresses are right, then run the same command again.',
    },
  );
}

/** Versions were offered, but none with the pinned root or SHA-256. */
export function pinNotOffered(plan: Plan, offers: readonly Offer[]): FdlError {
  const {root, sha256} = plan.options.pin;
  const wanted = root === null ? `SHA-256 ${sha256}` : `root ${root}`;
  return new FdlError(
    'pin-mismatch',
    `no server has ${quote(plan.options.file)} with ${wanted}: ${list(plan, offers)}`,
    {
      hint: 'Leave the pin out to take the version that the servers have, or ask a server that has the wanted one.',
    },
  );
}

export function serversDisagree(plan: Plan, offers: readonly Offer[]): FdlError {
  const [unfinished] = plan.leftovers;
  const root = unfinished?.manifest.root ?? offers[0]?.manifest.root;
  const which = unfinished === undefined ? 'the one you want' : 'the unfinished one';
  return new FdlError(
    'servers-disagree',
    `the servers have different versions of ${quote(plan.options.file)}: ${list(plan, offers)}`,
    {hint: `Choose ${which} with --root ${root}.`},
  );
}

/**
 * Nobody is left who could bring the missing blocks, or patience is over (`give-up`).
 * Null while someone may still come back.
 */
export function noSourceLeft(plan: Plan): FdlError | null;
export function noSourceLeft(plan: Plan, why: 'give-up'): FdlError;
export function noSourceLeft(plan: Plan, why?: 'give-up'): FdlError | null {
  const {servers} = plan.fleet;
  if (why === undefined && plan.unasked < servers.length) return null;
  const alive = servers.filter(mayComeBack);
  if (why === undefined && alive.length > 0) return fragmentsNowhere(plan, alive);
  const sources = servers.filter(({wasSource}) => wasSource);
  return worstOf(sources.map((server) => lossOf(plan, server))) ?? lostAll(plan);
}

function mayComeBack({state}: ServerRow): boolean {
  if (state.kind === 'lost') return state.retryAtMs !== null;
  return ['connecting', 'open', 'busy', 'indexing', 'standby'].includes(state.kind);
}

/** All that is left are partial copies which together lack something. Null while one may still show more. */
function fragmentsNowhere(plan: Plan, alive: readonly ServerRow[]): FdlError | null {
  if (!plan.hasBlocks || alive.some(({state, holds}) => state.kind !== 'open' || holds === null)) return null;
  const missing = plan.blocks.missingFragments((fragment) =>
    alive.some((server) => holdsFragment(server, fragment)),
  );
  if (missing.length === 0) return null;
  const named = missing.slice(0, FRAGMENTS_NAMED_MAX).join(', ');
  const more =
    missing.length > FRAGMENTS_NAMED_MAX ? ` and ${missing.length - FRAGMENTS_NAMED_MAX} more` : '';
  const noun = missing.length === 1 ? 'fragment' : 'fragments';
  return new FdlError(
    'fragments-missing',
    `no server has ${noun} ${named}${more} of ${quote(plan.options.file)} (of ${plan.blocks.fragments})`,
    {hint: 'Everything else is kept: run the same command again when a server with the rest is up.'},
  );
}

/** What became of one source, as the error it alone would be. */
function lossOf(plan: Plan, server: ServerRow): FdlError {
  const {state} = server;
  if (state.kind === 'banned') return unverifiable(plan, [server]);
  if (state.kind === 'other-version') {
    return new FdlError(
      'file-replaced',
      `${quote(plan.options.file)} was replaced on all servers while it was downloaded`,
      {
        hint: 'Run the same command again to get the new version; equal blocks are kept.',
      },
    );
  }
  if (state.kind === 'absent') {
    return new FdlError('file-not-found', `the servers no longer offer ${quote(plan.options.file)}`, {
      hint: 'What was fetched is kept: run the same command again when a server offers it.',
    });
  }
  return lostAll(plan);
}

function lostAll(plan: Plan): FdlError {
  const lost = plan.fleet.servers.filter(({state}) => state.kind !== 'alias');
  return new FdlError(
    'servers-lost',
    `no server is left for ${quote(plan.options.file)}: ${describe(lost)}`,
    {
      hint: 'What was fetched is kept: run the same command again to go on.',
    },
  );
}

function unverifiable(plan: Plan, banned: readonly ServerRow[]): FdlError {
  const proofs = banned.map(({address, state}) =>
    state.kind === 'banned' ? `${address} ${proofOf(state.evidence)}` : address,
  );
  return new FdlError(
    'content-unverifiable',
    `no honest source is left for ${quote(plan.options.file)}: ${proofs.join('; ')}`,
    {hint: 'Verified blocks are kept: add a server that has the file, then run the same command again.'},
  );
}

function proofOf(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'wrong-block':
      return `sent wrong content for block ${evidence.block} of fragment ${evidence.fragment}`;
    case 'wrong-file':
      return 'sent wrong content';
    case 'wrong-digests':
      return `sent wrong digests${evidence.fragment === null ? '' : ` for fragment ${evidence.fragment}`}`;
    case 'protocol':
      return 'broke the protocol';
  }
}

function describe(servers: readonly ServerRow[]): string {
  const named = servers.slice(0, SERVERS_NAMED_MAX).map((server) => `${server.address} (${stateOf(server)})`);
  const more = servers.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

function stateOf({state}: ServerRow): string {
  if (state.kind === 'absent') return REFUSAL_WORDS[state.reason as RefusalCode] ?? state.reason;
  if (state.kind === 'lost') return state.reason;
  if (state.kind === 'open') return 'sends nothing';
  return state.kind === 'other-version' ? 'has another version' : state.kind;
}

/** Which root each server has: a line for each root, its servers in the order of the list. */
function list(plan: Plan, offers: readonly Offer[]): string {
  const byRoot = new Map<HexDigest, string[]>();
  for (const {server, manifest} of offers.toSorted((a, b) => a.server - b.server)) {
    const address = plan.fleet.servers[server]?.address ?? '';
    byRoot.set(manifest.root, [...(byRoot.get(manifest.root) ?? []), address]);
  }
  return [...byRoot].map(([root, addresses]) => `\n  root ${root}: ${addresses.join(', ')}`).join('');
}

function quote(name: string): string {
  return `"${name}"`;
}
