/** From a download to its store, the one actor that touches the disk and the workers. */

import type {HexDigest, Manifest} from '../model.js';
import type {DatedManifest} from './events.js';

export type StoreCommand =
  | {readonly type: 'store.open'; readonly manifest: DatedManifest}
  /** Do these fragment digests make up the root? Answered by `root.proved` or `root.refuted`. */
  | {readonly type: 'root.prove'; readonly manifest: Manifest; readonly digests: Uint8Array}
  /** Look for a fragment's block digests in the log. Answered by `fragment.proved` or `fragment.unknown`. */
  | {readonly type: 'fragment.recall'; readonly fragment: number}
  /** Do these block digests make up the fragment's? Answered by `fragment.proved` or `fragment.refuted`. */
  | {
      readonly type: 'fragment.prove';
      readonly fragment: number;
      readonly connection: number;
      readonly digests: Uint8Array;
    }
  /** The fragment is merged: its block digests are not needed in memory any more. */
  | {readonly type: 'fragment.forget'; readonly fragment: number}
  /** Hash, compare, write. Answered by `block.stored` or `block.wrong`; the slab is given back. */
  | {
      readonly type: 'block.put';
      readonly connection: number;
      readonly fragment: number;
      readonly block: number;
      readonly slab: number;
      readonly length: number;
    }
  /** A second copy: only the slab goes back. */
  | {readonly type: 'slab.drop'; readonly slab: number}
  | {readonly type: 'store.finish'; readonly sha256: HexDigest | null};

/** To the clock: ring (`clock.rang`) at this time, instead of at any named before; null: not at all. */
export interface TickerCommand {
  readonly type: 'clock.ringAt';
  readonly atMs: number | null;
}
