/**
 * The store port: what sessions ask for, wherever the bytes lie. A folder today (library/folder-store.ts); an object
 * storage, or a simulated one, can stand there as well.
 */

import type {HexDigest, Refusal} from '../../model.js';
import type {ListingEntry} from '../../protocol/messages.js';

/** An answer, or why there is none. */
export type Answer<T> =
  | {readonly kind: 'ok'; readonly value: T}
  | {readonly kind: 'refused'; readonly refusal: Refusal};

export interface Listing {
  readonly entries: readonly ListingEntry[];
  readonly more: boolean;
}

/** What a listing does not have yet. */
export interface Pending {
  /** The folder was looked through: before, nobody knows what there is. */
  readonly scanned: boolean;
  /** Files that are known, and listed when they are indexed. */
  readonly files: number;
}

/** What a manifest reply says. */
export interface OfferedManifest {
  readonly size: number;
  readonly blockBytes: number;
  readonly fragmentBytes: number;
  readonly sha256: HexDigest;
  readonly root: HexDigest;
  readonly modifiedMs: number;
  readonly fragmentsHere: number;
}

/** A fragment that can be fetched, or the one beyond the last. */
export type Located =
  | {
      readonly kind: 'here';
      /** Bytes of the fragment. */
      readonly length: number;
      readonly blocks: number;
      readonly blockBytes: number;
      /** Another one when the fragment was made anew: what was opened before is not to be used then. */
      readonly revision: string;
    }
  | {readonly kind: 'beyond'};

/** An open fragment. Stays readable, with the content it had, when its file is replaced meanwhile. */
export interface OpenFragment {
  /**
   * Fills `target` from `offset` (bytes within the fragment), or tells why that cannot be: never fewer bytes, never
   * bytes that are known to have changed.
   */
  read(target: Uint8Array, offset: number): Promise<Answer<null>>;
  /** Whether it still is what was opened; asked when it is used again. */
  isUnchanged(): Promise<boolean>;
  close(): Promise<void>;
}

export interface FragmentStore {
  /** Files after the name `after` in code point order, at most `limit`. */
  list(after: string, limit: number): Listing;
  pending(): Pending;
  manifest(name: string): Answer<OfferedManifest>;
  /** 32 bytes for each of the fragments `first` ... `first + count - 1`. */
  digests(root: HexDigest, first: number, count: number): Answer<Uint8Array>;
  /** Bit i, least significant first: fragment `first + i` is here. */
  have(root: HexDigest, first: number, count: number): Answer<Uint8Array>;
  /** 32 bytes for each block, proven against the fragment's digest. */
  blockDigests(root: HexDigest, fragment: number): Promise<Answer<Uint8Array>>;
  /** What a fetch of this fragment would be about. Quick, so that a busy server does not open files. */
  locate(name: string, root: HexDigest, fragment: number): Answer<Located>;
  openFragment(name: string, root: HexDigest, fragment: number): Promise<Answer<OpenFragment>>;
  /** A client says that a block was wrong: the fragment is looked at soon. */
  report(root: HexDigest, fragment: number, block: number): void;
}

export function answer<T>(value: T): Answer<T> {
  return {kind: 'ok', value};
}

/** A refusal; `message` is for people and must hold nothing but our own words. */
export function refuse(
  code: Refusal['code'],
  message: string,
  progressPermille: number | null = null,
): {readonly kind: 'refused'; readonly refusal: Refusal} {
  return {kind: 'refused', refusal: {code, message, progressPermille}};
}
