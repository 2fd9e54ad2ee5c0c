/** What the machines tell one another and hear from outside. Outside events carry `atMs`: machines have no clock. */

import type {FdlError} from '../errors.js';
import type {HexDigest, Manifest, Refusal, Run} from '../model.js';

export type DatedManifest = Manifest & {readonly modifiedMs: number};

/** How a fetch ended, from the link's view; a reply that breaks the protocol comes as `violated` instead. */
export type FetchEnd =
  | {readonly kind: 'ok'}
  | {readonly kind: 'cancelled'}
  | {readonly kind: 'busy'; readonly retryAfterMs: number}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

/** Why a connection ended. */
export type LossCause =
  /** It could not be opened, was cut, or fell silent. */
  | 'failed'
  /** The server said goodbye: it is being restarted and will be back soon. */
  | 'goodbye'
  /** Whatever listens there is not an fdl server of our version; asking again is useless. */
  | 'not-fdl';

/** From a connection to the download. */
export type ConnectionEvent = {readonly connection: number; readonly atMs: number} & (
  | {
      readonly type: 'connection.ready';
      readonly instanceId: string;
      readonly manifest: DatedManifest;
      /** Bitmap of the fragments it holds; null: all. */
      readonly holds: Uint8Array | null;
    }
  | {readonly type: 'connection.refused'; readonly refusal: Refusal}
  | {readonly type: 'connection.lost'; readonly cause: LossCause; readonly reason: string}
  /** The server said goodbye: it finishes what was asked, nothing more is to be asked. */
  | {readonly type: 'connection.leaving'}
  | {readonly type: 'connection.violated'; readonly detail: string}
  | {
      readonly type: 'block.received';
      readonly ticket: number;
      readonly fragment: number;
      readonly block: number;
      readonly slab: number;
      readonly length: number;
    }
  | {readonly type: 'fetch.ended'; readonly ticket: number; readonly end: FetchEnd}
  /** Digests of fragments `first` and following; not yet checked. */
  | {readonly type: 'fragmentDigests.received'; readonly first: number; readonly digests: Uint8Array}
  /** Digests of a fragment's blocks; not yet checked. */
  | {readonly type: 'blockDigests.received'; readonly fragment: number; readonly digests: Uint8Array}
  /** It would not give the digests. */
  | {readonly type: 'digests.refused'; readonly fragment: number | null; readonly refusal: Refusal}
);

export type BlockReceived = ConnectionEvent & {readonly type: 'block.received'};

export type BlockOrigin =
  | {readonly kind: 'network'; readonly connection: number}
  /** Found in the part of an earlier run, and checked. */
  | {readonly kind: 'part'}
  /** Taken over from the part of another version. */
  | {readonly kind: 'older-part'};

/** What became of files and blocks on the disk. */
export type DiskEvent = {readonly atMs: number} & (
  | {readonly type: 'store.prepared'; readonly output: string; readonly leftovers: readonly Leftover[]}
  /** A whole file is being hashed, the output that is there already or the new one: so far. */
  | {readonly type: 'store.hashing'; readonly doneBytes: number}
  | {
      readonly type: 'block.stored';
      readonly fragment: number;
      readonly block: number;
      readonly bytes: number;
      readonly origin: BlockOrigin;
    }
  | {
      readonly type: 'block.wrong';
      readonly fragment: number;
      readonly block: number;
      /** Who sent it; null: it was on disk, and is missing now. */
      readonly connection: number | null;
      readonly expected: HexDigest;
      /** Empty when it could not be read at all. */
      readonly received: HexDigest;
    }
  /** The disk is full; tried again for up to `waitMs`. `needBytes` are missing to the end of the file. */
  | {
      readonly type: 'store.paused';
      readonly path: string;
      readonly needBytes: number;
      readonly waitMs: number;
    }
  | {readonly type: 'store.resumed'}
  | {readonly type: 'store.finished'; readonly output: string; readonly sha256Verified: boolean}
  /** Once, and nothing after it. */
  | {readonly type: 'store.failed'; readonly error: FdlError}
);

/** How a version was found on the disk. */
export interface FoundVersion {
  readonly type: 'store.opened';
  readonly atMs: number;
  /** Blocks of earlier runs that count. */
  readonly trusted: readonly Run[];
  /** Blocks that the store is checking or copying by itself: each ends as `block.stored` or `block.wrong`. */
  readonly unchecked: readonly Run[];
  /** The output itself is this version already: only `store.finish` is left. */
  readonly complete: boolean;
}

/** From the store, the one actor that touches the disk and believes digests. */
export type StoreEvent =
  | DiskEvent
  | (FoundVersion & {readonly hasFragmentDigests: boolean})
  | ({readonly atMs: number} & (
      | {readonly type: 'root.proved'}
      /** The fragment digests do not make up the root. */
      | {readonly type: 'root.refuted'}
      /** The block digests make up the fragment's digest; `salvaged` blocks are being taken over from an older part. */
      | {readonly type: 'fragment.proved'; readonly fragment: number; readonly salvaged: readonly Run[]}
      | {readonly type: 'fragment.refuted'; readonly fragment: number; readonly connection: number}
      /** The log of earlier runs does not know the digests of its blocks. */
      | {readonly type: 'fragment.unknown'; readonly fragment: number}
    ));

/** What an earlier run left beside the output. */
export interface Leftover {
  readonly manifest: DatedManifest;
  readonly storedBytes: number;
  /** Its fragment digests are known and make up the root: so size and SHA-256 are those of the version, whoever says what. */
  readonly isProved: boolean;
  /** Every block is stored: only the end is missing. */
  readonly complete: boolean;
}

/** Payload bytes of a connection since the tick before, and whether we were reading it all that time. */
export interface MeterReading {
  readonly connection: number;
  readonly bytes: number;
  readonly reading: boolean;
}

export type ClockEvent =
  | {
      readonly type: 'clock.ticked';
      readonly atMs: number;
      /** Time since the tick before, in milliseconds. */
      readonly elapsedMs: number;
      readonly meters: readonly MeterReading[];
    }
  | {readonly type: 'clock.rang'; readonly atMs: number};

/** Everything that can happen to a download. */
export type DownloadEvent =
  | ConnectionEvent
  | StoreEvent
  | ClockEvent
  | {readonly type: 'download.aborted'; readonly atMs: number; readonly error: FdlError}
  | {readonly type: 'fragment.merged'; readonly fragment: number}
  | {readonly type: 'fragment.returned'; readonly fragment: number};
