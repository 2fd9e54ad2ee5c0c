/** The store of one download as the coordinator sees it: commands in, events out, and no path in between. */

import type {DatedManifest, DiskEvent, FoundVersion} from '../../machines/events.js';
import type {Geometry, HexDigest, Run} from '../../model.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import type {Disk} from './disk.js';
import type {HostIdentity} from './host.js';

/** Where the file shall be, as the user said it. */
export interface OutputTarget {
  /** A file, or a folder that takes the file inside; null: the file's own name in the current folder. */
  readonly path: string | null;
}

export interface StoreOptions {
  /** Name on the servers; its last component names the output unless told otherwise. */
  readonly file: string;
  readonly output: OutputTarget;
  readonly geometry: Geometry;
  /** Replace an existing output at the end. */
  readonly force: boolean;
  /** Drop what earlier runs left. */
  readonly restart: boolean;
  /** How long a full disk may stay full; 0: fail at once. */
  readonly diskWaitMs: number;
  readonly workers: Workers;
  readonly slabs: Slabs;
  readonly clock: Clock;
  readonly notify: (event: StoreEvent) => void;
  /** The real disk unless given. */
  readonly disk?: Disk;
  /** This process unless given. */
  readonly host?: HostIdentity;
}

/** What a store tells; the fragment digests are null when the log did not know them, else proven by the root. */
export type StoreEvent = DiskEvent | (FoundVersion & {readonly fragmentDigests: Uint8Array | null});

type Untimed<E> = E extends unknown ? Omit<E, 'atMs'> : never;
/** An event before the store puts the time on it. */
export type StoreNews = Untimed<StoreEvent>;

export interface ReceivedBlock {
  readonly connection: number;
  readonly fragment: number;
  readonly block: number;
  /** Given back by the store. */
  readonly slab: number;
  readonly length: number;
}

export interface Store {
  /** Takes the lock and looks at what earlier runs left: `store.prepared`. */
  prepare(): void;
  /** Opens or resumes the part of this version: `store.opened`. */
  open(manifest: DatedManifest): void;
  /** All of them, checked against the root by the caller. */
  learnFragmentDigests(digests: Uint8Array): void;
  /**
   * Digests of a fragment's blocks, checked by the caller against the fragment's digest. Returns the blocks that an
   * older part has and that are being copied: each ends as `block.stored` or `block.wrong`.
   */
  learnBlockDigests(fragment: number, digests: Uint8Array): Run[];
  /** What this or an earlier run learnt; null when it must be asked for. Proven. */
  blockDigestsOf(fragment: number): Uint8Array | null;
  /** Nobody will ask for this fragment's digests soon. */
  forget(fragment: number): void;
  /** Verifies and writes: `block.stored` or `block.wrong`. The fragment's digests must be known. */
  putBlock(block: ReceivedBlock): void;
  /** Blocks that were put and have not ended. */
  readonly waiting: number;
  /** Every block is stored: gives the file its name. With `sha256` the whole file is hashed first. */
  finish(options: {readonly sha256: HexDigest | null}): void;
  /** Waits for writes under way, within STORE_CLOSE_TIMEOUT_MS; `clean` also syncs, so that the next run trusts. */
  close(how: 'clean' | 'abandon'): Promise<void>;
}
