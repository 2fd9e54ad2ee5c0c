/** What a download tells while it runs (`Progress`) and when it has ended (`DownloadResult`). Plain data. */

import type {Evidence, HexDigest, RefusalCode} from './model.js';

/** What a server is doing, from the user's view. */
export type ServerActivity =
  | {readonly kind: 'unasked'}
  | {readonly kind: 'connecting'}
  | {readonly kind: 'idle'}
  | {readonly kind: 'transferring'}
  /** No byte for a while; others may take its blocks over. */
  | {readonly kind: 'suspect'}
  | {readonly kind: 'busy'; readonly untilMs: number}
  | {readonly kind: 'indexing'; readonly progressPermille: number | null}
  | {readonly kind: 'standby'}
  | {readonly kind: 'lost'; readonly retryAtMs: number | null; readonly reason: string}
  /** It answered, but cannot serve this file. */
  | {readonly kind: 'absent'; readonly reason: string}
  /** `root` null: it had the version and replaced it. */
  | {readonly kind: 'other-version'; readonly root: HexDigest | null}
  | {readonly kind: 'banned'; readonly evidence: Evidence}
  /** The same server process as one listed before. */
  | {readonly kind: 'alias'; readonly of: string};

export interface ServerProgress {
  /** `host:port` as the user wrote it. */
  readonly address: string;
  readonly activity: ServerActivity;
  readonly connections: number;
  readonly bytesPerSecond: number;
  /** Payload bytes received from it in this run. */
  readonly bytes: number;
  /** Blocks of it that are in the file, small files counted as one each. */
  readonly blocks: number;
  readonly busyReplies: number;
  readonly errors: number;
}

export interface Progress {
  /** `waiting`: every server is busy. `disk-full`: nothing can be written until there is room. */
  readonly phase: 'planning' | 'downloading' | 'waiting' | 'disk-full' | 'finishing';
  readonly file: string;
  /** Bytes of the file; null until a version is agreed on. */
  readonly size: number | null;
  /** Bytes verified and on disk, those of earlier runs included. */
  readonly doneBytes: number;
  readonly resumedBytes: number;
  /** Bytes found on disk that are being checked; what is right of them becomes part of `doneBytes`. */
  readonly uncheckedBytes: number;
  /** How far the whole file is hashed, at the end or because it is there already; 0 while it is not being hashed. */
  readonly hashedBytes: number;
  readonly wastedBytes: number;
  readonly bytesPerSecond: number;
  readonly elapsedMs: number;
  /** Expected time to the end; null while unknown. */
  readonly remainingMs: number | null;
  /** Clock reading that `untilMs` and `retryAtMs` of the servers relate to. */
  readonly atMs: number;
  readonly servers: readonly ServerProgress[];
}

/**
 * Things worth a line of their own, each told once. Addresses are the user's own text; reasons are escaped when shown.
 * `file`: of several the one that it is about; undefined: all, or the only one.
 */
export type Notice = Told & {readonly file?: string};

type Told =
  /** `bytes` are verified, `uncheckedBytes` more are being checked beside the download. */
  | {readonly kind: 'resuming'; readonly bytes: number; readonly uncheckedBytes: number}
  | {readonly kind: 'restarting-other-version'; readonly oldRoot: HexDigest; readonly newRoot: HexDigest}
  | {readonly kind: 'server-banned'; readonly address: string; readonly evidence: Evidence}
  | {readonly kind: 'server-other-version'; readonly address: string; readonly root: HexDigest | null}
  | {readonly kind: 'server-absent'; readonly address: string; readonly reason: string}
  | {readonly kind: 'server-lost'; readonly address: string; readonly reason: string}
  /** Its listing is not complete yet: `files` are to come, null: it does not know. What is listed later is left out. */
  | {readonly kind: 'server-indexing'; readonly address: string; readonly files: number | null}
  | {readonly kind: 'server-back'; readonly address: string}
  | {readonly kind: 'server-alias'; readonly address: string; readonly of: string}
  /** Every server is busy; the earliest may be asked again in `waitMs`. */
  | {readonly kind: 'all-busy'; readonly waitMs: number}
  /** `needBytes`: how much more must fit; null where that is not known. */
  | {
      readonly kind: 'disk-full';
      readonly path: string;
      readonly needBytes: number | null;
      readonly waitMs: number;
    }
  /** The file of the trace failed: nothing more is written to it, and the download goes on. */
  | {readonly kind: 'trace-failed'; readonly reason: string};

export interface ServerReport {
  readonly address: string;
  readonly bytes: number;
  readonly blocks: number;
  readonly busyReplies: number;
  readonly errors: number;
  readonly banned: Evidence | null;
  readonly otherVersion: HexDigest | null;
}

/**
 * This run only. `bytes = resumedBytes + storedBytes`; `receivedBytes = storedBytes + wastedBytes` = sum of the
 * servers' `bytes`; `bytesPerSecond` = `storedBytes` over the time elapsed.
 */
export interface DownloadResult {
  readonly file: string;
  readonly output: string;
  readonly bytes: number;
  readonly root: HexDigest;
  readonly sha256: HexDigest;
  /** True when the whole file was hashed and compared with a SHA-256 the user gave. */
  readonly sha256Verified: boolean;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  readonly resumedBytes: number;
  readonly storedBytes: number;
  readonly receivedBytes: number;
  readonly wastedBytes: number;
  readonly servers: readonly ServerReport[];
}

/** A picture of the download of several files: as of one file, whose bytes are those of all. */
export interface FilesProgress extends Progress {
  /** Files of the set; 0 while it is not known what they are. */
  readonly files: number;
  /** Files that are whole under their names, those of earlier runs included. */
  readonly doneFiles: number;
  readonly failedFiles: number;
  /** Names of files that are on their way now, a few of them. */
  readonly currentFiles: readonly string[];
}

/** What became of one file of several. */
export interface FileReport {
  /** Its name on the servers, or what was asked for and fits none. */
  readonly file: string;
  /** Where it is, or would be; null when it has no place. */
  readonly output: string | null;
  readonly outcome: 'stored' | 'already-complete' | 'failed';
  /** Bytes; null when no version was agreed on. */
  readonly bytes: number | null;
  readonly root: HexDigest | null;
  readonly sha256: HexDigest | null;
  readonly storedBytes: number;
  readonly error: FileError | null;
}

export interface FileError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

/**
 * The end of a download of several files: this run only. `files = stored + alreadyComplete + failed`; of the bytes the
 * same is true as in DownloadResult, over all files; bytes that a failed file has so far are kept for the next run.
 */
export interface FilesResult {
  /** The folder that holds them. */
  readonly output: string;
  readonly files: number;
  readonly stored: number;
  readonly alreadyComplete: number;
  readonly failed: number;
  /** 0 when all files are there, else that of the worst error. */
  readonly exitCode: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  readonly resumedBytes: number;
  readonly storedBytes: number;
  readonly receivedBytes: number;
  readonly wastedBytes: number;
  /** One for each file, in the order of their names; what was asked for in vain first. */
  readonly rows: readonly FileReport[];
  readonly servers: readonly ServerReport[];
}

/** Why a server cannot serve a file, in words; codes that need none are missing. */
export const REFUSAL_WORDS: Readonly<Partial<Record<RefusalCode, string>>> = {
  'file-not-found': 'does not have it',
  'fragment-not-here': 'has not all of it',
  'io-error': 'cannot read it',
  'bad-request': 'does not understand the request',
  'unsupported-version': 'speaks another version of the protocol',
  'too-many-requests': 'takes no more requests',
  'not-authorized': 'does not let us in',
};
