/** Plain readonly data that every part of fdl shares. No behaviour, no node types beyond Uint8Array. */

/** Where a server listens. `host` is a name, an IPv4 address, or an IPv6 address without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `prefer`: it takes part before the others. `backup`: only while no other server can bring what is missing. */
export type ServerRole = 'usual' | 'prefer' | 'backup';

/** A server of a list: its address, and what the list says of it. Any address is one: usual, and without a limit. */
export interface ServerEntry extends Address {
  readonly role?: ServerRole;
  /** Most bytes per second to take from it, all connections together. */
  readonly limitBytesPerSecond?: number;
}

/** How a file is cut. `fragmentBytes` is a whole multiple of `blockBytes`. */
export interface Geometry {
  readonly blockBytes: number;
  readonly fragmentBytes: number;
}

/** 32 bytes as 64 lower-case hex digits. */
export type HexDigest = string;

/** What identifies one version of a file. The root covers all other fields (docs/protocol.md, "Digests"). */
export interface Manifest {
  readonly size: number;
  readonly geometry: Geometry;
  readonly sha256: HexDigest;
  readonly root: HexDigest;
}

/** Consecutive blocks `[first, end)` of one fragment. Fragments count from 1, blocks from 0. */
export interface Run {
  readonly fragment: number;
  readonly first: number;
  readonly end: number;
}

/** Proof that a server sent wrong content or broke the protocol; kept with the result. */
export type Evidence =
  | {
      readonly kind: 'wrong-block';
      readonly fragment: number;
      readonly block: number;
      readonly expected: HexDigest;
      readonly received: HexDigest;
    }
  /** A small file, sent whole, whose bytes do not give the root that was asked for. */
  | {
      readonly kind: 'wrong-file';
      readonly file: string;
      readonly expected: HexDigest;
      readonly received: HexDigest;
    }
  | {readonly kind: 'wrong-digests'; readonly fragment: number | null; readonly detail: string}
  | {readonly kind: 'protocol'; readonly detail: string};

/** Why a server refuses. Closed: an unknown code from a peer is a violation of the protocol. */
export const REFUSAL_CODES = [
  'file-not-found',
  'fragment-not-here',
  'stale-root',
  'indexing',
  'bad-request',
  'draining',
  'io-error',
  'unsupported-version',
  'too-many-requests',
  'not-authorized',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** `message` is text for people, to be escaped before it is shown; `progressPermille` only with `indexing`. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly progressPermille: number | null;
}
