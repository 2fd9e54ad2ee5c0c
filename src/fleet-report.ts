/** What `list` and `check` find out about a fleet. Plain data; what servers say of themselves is escaped when shown. */

import type {Evidence, HexDigest, RefusalCode} from './model.js';

// ---- list -------------------------------------------------------------------------------------------

/** How a server took part. `files`: how many it offers, whatever was asked for. */
export type ListedServer = {readonly address: string} & (
  | {readonly status: 'answered'; readonly files: number}
  /** The same server process as one listed before. */
  | {readonly status: 'alias'; readonly of: string}
  | {readonly status: 'failed'; readonly reason: string}
);

/** One version of an offered file. */
export interface OfferedVersion {
  readonly root: HexDigest;
  readonly size: number;
  readonly fragments: number;
  /** Milliseconds since 1970, as one of its servers names it; null when that was not asked for. */
  readonly modifiedMs: number | null;
  /** Addresses that have all of it. */
  readonly whole: readonly string[];
  /** `fragmentsHere` null: not asked for. */
  readonly partial: readonly {readonly address: string; readonly fragmentsHere: number | null}[];
}

export interface OfferedFile {
  readonly name: string;
  /** The one that most servers have first; which is the right one, numbers cannot tell. None: still being indexed. */
  readonly versions: readonly OfferedVersion[];
  readonly indexing: readonly {readonly address: string; readonly progressPermille: number | null}[];
  /** Addresses that answered and do not offer it. */
  readonly missing: readonly string[];
}

export interface FleetListing {
  readonly servers: readonly ListedServer[];
  /** In code point order of their names. */
  readonly files: readonly OfferedFile[];
  /** Words that nothing on offer fits. */
  readonly unmatched: readonly string[];
}

// ---- check ------------------------------------------------------------------------------------------

/** Fragments `[first, last]`, counted from 1. */
export type FragmentRange = readonly [first: number, last: number];

/** Something about a server that a download would meet. A server without any is as good as it can be. */
export type Finding =
  | {readonly kind: 'unreachable'; readonly reason: string}
  | {readonly kind: 'alias'; readonly of: string}
  /** It answered, but does not offer the file or will not serve it. */
  | {readonly kind: 'absent'; readonly reason: RefusalCode}
  | {readonly kind: 'indexing'; readonly progressPermille: number | null}
  /** Proof that it sent something wrong. */
  | {readonly kind: 'corrupt'; readonly evidence: Evidence}
  /** Not the version that was asked for, or that most servers have. */
  | {readonly kind: 'other-version'; readonly root: HexDigest}
  | {readonly kind: 'partial'; readonly fragmentsHere: number; readonly missing: readonly FragmentRange[]}
  | {
      readonly kind: 'busy';
      readonly retryAfterMs: number;
      readonly slots: number;
      readonly slotsInUse: number;
    }
  | {readonly kind: 'slow'; readonly bytesPerSecond: number}
  /** It refused to send blocks that it said it has. */
  | {readonly kind: 'refusing'; readonly reason: RefusalCode};

/** The version that a server named. */
export interface CheckedVersion {
  readonly root: HexDigest;
  readonly sha256: HexDigest;
  readonly size: number;
  readonly modifiedMs: number;
  readonly fragments: number;
  readonly fragmentsHere: number;
}

/** Random blocks that were fetched and compared with proved digests. */
export interface BlockSample {
  readonly wanted: number;
  readonly verified: number;
  /** Payload received, blocks that did not come whole included. */
  readonly bytes: number;
  /** Null when nothing came. */
  readonly bytesPerSecond: number | null;
}

export interface ServerCheck {
  readonly address: string;
  /** The quickest of a few round trips; null when it was not reached. */
  readonly latencyMs: number | null;
  /** Of `fdl/N`; null when it was not reached. */
  readonly protocolVersion: number | null;
  /** Files on offer; null when a file was named, or it was not reached. */
  readonly files: number | null;
  readonly version: CheckedVersion | null;
  readonly sample: BlockSample | null;
  readonly findings: readonly Finding[];
}

/** How a download started now would end. */
export interface CheckVerdict {
  readonly succeeds: boolean;
  readonly exitCode: number;
  /** Code of the error that the download would end with; null: it would succeed. */
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/** How far a check is. */
export interface CheckProgress {
  readonly servers: number;
  /** Servers that were looked at to the end. */
  readonly done: number;
  /** Blocks verified so far, of all servers. */
  readonly blocks: number;
}

export interface FleetCheck {
  /** Null: the servers alone were looked at. */
  readonly file: string | null;
  readonly servers: readonly ServerCheck[];
  /** The version that a download would fetch; null when there is none, or none is agreed on. */
  readonly root: HexDigest | null;
  readonly verdict: CheckVerdict;
}
