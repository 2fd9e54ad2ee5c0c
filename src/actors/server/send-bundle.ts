/** Sends the files of a bundle: as many as fit are read side by side into one buffer and leave with one write. */

import {BUNDLE_READS_MAX, HEADER_BYTES} from '../../limits.js';
import {writeHeader} from '../../protocol/frame-reader.js';
import {type BundleFile, type BundleOutcome, type EndStatus, FRAME_TYPES} from '../../protocol/messages.js';
import type {FragmentStore} from './fragment-store.js';
import type {SendingPorts} from './send-run.js';

export interface BundleToSend {
  readonly id: number;
  readonly files: readonly BundleFile[];
}

export interface BundlePorts extends SendingPorts {
  readonly store: FragmentStore;
}

/** A file that is here, and where its frame lies in the buffer. */
interface Entry extends BundleFile {
  readonly index: number;
  readonly length: number;
  readonly start: number;
  readonly modifiedMs: number;
}

/** Resolves when the last file was given to the socket; the `end` that follows it is the caller's. */
export async function sendBundle(bundle: BundleToSend, ports: BundlePorts): Promise<EndStatus> {
  const outcomes: BundleOutcome[] = [];
  for (const portion of portionsOf(bundle, ports.store, outcomes)) {
    const buffer = await ports.buffers.acquire();
    if (buffer === null) return {kind: 'cancelled'};
    if (ports.isCancelled()) {
      ports.buffers.release(buffer);
      return {kind: 'cancelled'};
    }
    await fill(buffer, bundle.id, portion, ports.store, outcomes);
    give(buffer, portion, outcomes, ports);
  }
  return {kind: 'delivered', outcomes};
}

/** The files that are here, in portions of one buffer each; what becomes of the others is noted at once. */
function portionsOf(bundle: BundleToSend, store: FragmentStore, outcomes: BundleOutcome[]): Entry[][] {
  const portions: Entry[][] = [];
  let portion: Entry[] = [];
  let start = 0;
  let total = 0;
  for (const [index, {name, root}] of bundle.files.entries()) {
    const found = lookUp(store, name, root, total);
    outcomes[index] = found.outcome;
    if (found.outcome.kind === 'refused' || found.length === 0) continue;
    const {length, blockBytes} = found;
    total += length;
    if (portion.length > 0 && start + HEADER_BYTES + length > HEADER_BYTES + blockBytes) {
      portions.push(portion);
      portion = [];
      start = 0;
    }
    portion.push({name, root, index, length, start, modifiedMs: found.outcome.modifiedMs});
    start += HEADER_BYTES + length;
  }
  if (portion.length > 0) portions.push(portion);
  return portions;
}

interface Found {
  readonly outcome: BundleOutcome;
  readonly length: number;
  readonly blockBytes: number;
}

/** `total`: bytes of the files before it. */
function lookUp(store: FragmentStore, name: string, root: string, total: number): Found {
  const located = store.locate(name, root, 1);
  if (located.kind === 'refused') return refused(located.refusal.code);
  const manifest = store.manifest(name);
  if (manifest.kind === 'refused') return refused(manifest.refusal.code);
  const {size, blockBytes, modifiedMs} = manifest.value;
  // A bundle is for small files, and bounded as a whole: what goes beyond is asked for in another way.
  if (total + size > blockBytes) return refused('bad-request');
  return {outcome: {kind: 'sent', modifiedMs}, length: size, blockBytes};
}

function refused(code: (BundleOutcome & {readonly kind: 'refused'})['code']): Found {
  return {outcome: {kind: 'refused', code}, length: 0, blockBytes: 0};
}

/** Reads every file of a portion to its place, its header before it; what cannot be read is noted. */
async function fill(
  buffer: Buffer,
  id: number,
  portion: readonly Entry[],
  store: FragmentStore,
  outcomes: BundleOutcome[],
): Promise<void> {
  const waiting = [...portion].reverse();
  const read = async (): Promise<void> => {
    for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
      const {index, start, length} = entry;
      const payload = buffer.subarray(start + HEADER_BYTES, start + HEADER_BYTES + length);
      const code = await readInto(payload, entry, store);
      if (code !== null) outcomes[index] = {kind: 'refused', code};
      writeHeader(buffer.subarray(start), {type: FRAME_TYPES.data, length, id, index});
    }
  };
  await Promise.all(Array.from({length: Math.min(BUNDLE_READS_MAX, portion.length)}, read));
}

/** Why a file could not be read; null when it was. */
async function readInto(payload: Uint8Array, {name, root}: Entry, store: FragmentStore) {
  const opened = await store.openFragment(name, root, 1);
  if (opened.kind === 'refused') return opened.refusal.code;
  const read = await opened.value.read(payload, 0);
  // Closing a file that was only read cannot lose anything.
  await opened.value.close().catch(() => {});
  return read.kind === 'refused' ? read.refusal.code : null;
}

/** Gives the frames that are whole to the socket, neighbours together; the buffer is free again when they have left. */
function give(
  buffer: Buffer,
  portion: readonly Entry[],
  outcomes: readonly BundleOutcome[],
  {buffers, writer, sent}: BundlePorts,
): void {
  const left: Promise<boolean>[] = [];
  let from = 0;
  let to = 0;
  const flush = (): void => {
    if (to > from) left.push(writer.data(buffer.subarray(from, to)));
  };
  for (const {index, start, length} of portion) {
    if (outcomes[index]?.kind !== 'sent') {
      flush();
      from = start + HEADER_BYTES + length;
    } else sent(length);
    to = start + HEADER_BYTES + length;
  }
  flush();
  void Promise.all(left).then((all) => {
    if (all.every((ok) => ok)) buffers.release(buffer);
    else buffers.abandon();
  });
}
