/**
 * The messages of `fdl/1` (docs/protocol.md). These are wire types: both sides convert them at their boundary.
 * Every message is one frame; `id` is the frame's id field. Digests on the wire are 32 raw bytes, hex here.
 */

import type {HexDigest, Refusal, RefusalCode} from '../model.js';

/** First bytes of a client. Not text, and unlike the first bytes of HTTP, TLS and SSH; CR LF shows a mangled stream. */
export const MAGIC = Uint8Array.of(0x89, 0x46, 0x44, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a);

/** The one version spoken here. */
export const VERSION = 1;

/** Feature: several small files are asked for at once, by `bundle`. */
export const BUNDLE_FEATURE = 'bundle';

/** Feature: a server tells, by `pending`, how many files its listing does not have yet. */
export const PENDING_FEATURE = 'pending';

/** The frame types: requests below 0x80, replies above. */
export const FRAME_TYPES = {
  hello: 0x01,
  list: 0x02,
  manifest: 0x03,
  digests: 0x04,
  blockDigests: 0x05,
  have: 0x06,
  fetch: 0x07,
  cancel: 0x08,
  ping: 0x09,
  report: 0x0a,
  bundle: 0x0b,
  pending: 0x0c,
  welcome: 0x81,
  listing: 0x82,
  manifestReply: 0x83,
  digestsReply: 0x84,
  blockDigestsReply: 0x85,
  haveReply: 0x86,
  data: 0x87,
  end: 0x88,
  pong: 0x89,
  goodbye: 0x8a,
  error: 0x8b,
  pendingReply: 0x8c,
} as const;

export type ClientMessage =
  | {
      readonly type: 'hello';
      readonly id: number;
      readonly minVersion: number;
      readonly maxVersion: number;
      readonly features: readonly string[];
      /** Room for a token; null today. */
      readonly credentials: Uint8Array | null;
    }
  /** Files after the name `after` in code point order, at most `limit`; `after` is '' for the first page. */
  | {readonly type: 'list'; readonly id: number; readonly after: string; readonly limit: number}
  | {readonly type: 'manifest'; readonly id: number; readonly name: string}
  /** Fragment digests `first` ... `first + count - 1`, fragments count from 1. */
  | {
      readonly type: 'digests';
      readonly id: number;
      readonly root: HexDigest;
      readonly first: number;
      readonly count: number;
    }
  | {readonly type: 'blockDigests'; readonly id: number; readonly root: HexDigest; readonly fragment: number}
  | {
      readonly type: 'have';
      readonly id: number;
      readonly root: HexDigest;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly type: 'fetch';
      readonly id: number;
      readonly name: string;
      readonly root: HexDigest;
      readonly fragment: number;
      readonly firstBlock: number;
      readonly count: number;
    }
  /** `id` is that of the fetch to end. */
  | {readonly type: 'cancel'; readonly id: number}
  | {readonly type: 'ping'; readonly id: number}
  /** A block of this server hashed wrong. No reply. */
  | {
      readonly type: 'report';
      readonly id: number;
      readonly root: HexDigest;
      readonly fragment: number;
      readonly block: number;
    }
  /** Whole files of one block at most, together no more than a block. Only with BUNDLE_FEATURE. */
  | {readonly type: 'bundle'; readonly id: number; readonly files: readonly BundleFile[]}
  /** What the listing does not have yet. Only with PENDING_FEATURE. */
  | {readonly type: 'pending'; readonly id: number};

/** A file asked for in a bundle, in exactly this version. */
export interface BundleFile {
  readonly name: string;
  readonly root: HexDigest;
}

/** What became of a file of a bundle: sent, or not, and why. */
export type BundleOutcome =
  /** Modification time of the original, milliseconds since 1970. Not covered by the root. */
  | {readonly kind: 'sent'; readonly modifiedMs: number}
  | {readonly kind: 'refused'; readonly code: RefusalCode};

export interface ListingEntry {
  readonly name: string;
  readonly size: number;
  readonly root: HexDigest;
  /** Whether the server holds every fragment. */
  readonly whole: boolean;
}

export type EndStatus =
  | {readonly kind: 'ok'}
  | {readonly kind: 'cancelled'}
  | {
      readonly kind: 'busy';
      readonly retryAfterMs: number;
      readonly slots: number;
      readonly slotsInUse: number;
    }
  /** A fragment beyond the last: all fragments obtained. */
  | {readonly kind: 'complete'}
  /** The end of a bundle that was served: one outcome for each of its files, in order. */
  | {readonly kind: 'delivered'; readonly outcomes: readonly BundleOutcome[]}
  | {readonly kind: 'error'; readonly refusal: Refusal};

export type ServerMessage =
  | {
      readonly type: 'welcome';
      readonly id: number;
      readonly version: number;
      readonly features: readonly string[];
      /** 16 random bytes of this server process, hex: one server under two names is one. */
      readonly instanceId: string;
    }
  | {
      readonly type: 'listing';
      readonly id: number;
      readonly entries: readonly ListingEntry[];
      readonly more: boolean;
    }
  | {
      readonly type: 'manifestReply';
      readonly id: number;
      readonly size: number;
      readonly blockBytes: number;
      readonly fragmentBytes: number;
      readonly sha256: HexDigest;
      readonly root: HexDigest;
      /** Modification time of the original, milliseconds since 1970. Not covered by the root. */
      readonly modifiedMs: number;
      /** How many of its fragments are here; fewer than all: `have` tells which. Not covered by the root. */
      readonly fragmentsHere: number;
    }
  /** 32 bytes for each fragment asked for, in order. */
  | {readonly type: 'digestsReply'; readonly id: number; readonly digests: Uint8Array}
  /** 32 bytes for each block of the fragment, in order. */
  | {readonly type: 'blockDigestsReply'; readonly id: number; readonly digests: Uint8Array}
  /** Bit i (least significant first) of the bitmap: fragment `first + i` is here. */
  | {readonly type: 'haveReply'; readonly id: number; readonly bitmap: Uint8Array}
  | {readonly type: 'end'; readonly id: number; readonly status: EndStatus}
  | {readonly type: 'pong'; readonly id: number}
  /** Draining: fetches up to `lastId` are still served. */
  | {readonly type: 'goodbye'; readonly id: number; readonly lastId: number}
  /** Refusal of the request `id`; id 0: of the connection, which is closed after it. */
  | {readonly type: 'error'; readonly id: number; readonly refusal: Refusal}
  /** `files` are known and will be listed when they are indexed; before the folder was `scanned` there may be others. */
  | {readonly type: 'pendingReply'; readonly id: number; readonly scanned: boolean; readonly files: number};

/**
 * The fixed header of every frame. A data frame's `index` is the block within its fragment, or the file within its
 * bundle; else 0.
 */
export interface FrameHeader {
  readonly type: number;
  readonly length: number;
  readonly id: number;
  readonly index: number;
}
