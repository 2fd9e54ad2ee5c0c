/**
 * What is known at one moment of a trace, as plain data: the worker makes it, the views draw it. Times are milliseconds
 * since the start of the trace, amounts bytes, rates bytes per second. Text may be anybody's: show it as text alone.
 */

import type {RowOf} from '../../../trace/rows.js';

/** What the trace says of itself, its machines included. */
export interface Header {
  readonly command: RowOf<'trace'>['command'];
  readonly fdl: string;
  /** ISO 8601 in UTC: the time of day at 0 ms. */
  readonly startedAt: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  /** Machines that had an actor so far, with the hash of their definition. */
  readonly machines: readonly {readonly machine: string; readonly hash: string}[];
}

/** How the traced work ended; `cut`: the trace stops without saying. */
export interface End {
  readonly t: number;
  readonly how: RowOf<'done'>['how'] | 'cut';
  readonly code: string | null;
  readonly message: string | null;
}

/** What a download asked for, and of which version it is. */
export interface FileFacts {
  readonly name: string;
  /** As given; null: the name itself. */
  readonly output: string | null;
  readonly blockBytes: number;
  readonly fragmentBytes: number;
  /** Own limit over all servers; null: none. */
  readonly limitBytesPerSecond: number | null;
  /** Null: not agreed on yet. */
  readonly version: {
    readonly root: string;
    readonly sha256: string;
    readonly size: number;
    readonly fragments: number;
  } | null;
}

/** Sums over all servers. */
export interface Totals {
  /** Received, found right, and in the file. */
  readonly storedBytes: number;
  /** Here before, and right. */
  readonly resumedBytes: number;
  readonly receivedBytes: number;
  /** Received in vain; null before the end, for until then it may still be wanted. */
  readonly wastedBytes: number | null;
  /** Came as a second copy, or wrong: known at once, part of what is wasted. */
  readonly duplicateBytes: number;
  readonly wrongBlocks: number;
  /** Of the last second. */
  readonly bytesPerSecond: number;
  /** To the end at the rate of the last seconds; null: not known. */
  readonly etaMs: number | null;
  /** Of a whole file that is being hashed; null: none is. */
  readonly hashedBytes: number | null;
  /** Blocks that wait for a thread, or are with one. */
  readonly storing: number;
  /** Blocks for which there is memory; null: not told yet. */
  readonly slabsFree: number | null;
  readonly slabs: number;
  readonly threads: number;
  readonly isDiskFull: boolean;
}

/** What a server is doing, in one word: what lanes are coloured by. */
export const DOINGS = [
  /** Nothing is known of it yet, or it was not asked. */
  'unasked',
  'connecting',
  /** Bytes come. */
  'transferring',
  /** It was asked, and nothing came. */
  'waiting',
  /** As `waiting`, for so long that others may take over. */
  'silent',
  /** Its bytes could not be taken: memory, threads or disk were full on our side. */
  'paused',
  /** All that it brought is here, and is being hashed or written. */
  'verifying',
  /** Connected, and not asked for anything. */
  'idle',
  'busy',
  'indexing',
  'standby',
  /** The connection is gone, and will be dialled anew. */
  'lost',
  /** For good: it lied, it has not the file, has another version, is another server again, or never came back. */
  'out',
] as const;
export type Doing = (typeof DOINGS)[number];

/** What a client of a server is doing. */
export const CLIENT_DOINGS = ['connected', 'sending', 'refused', 'gone'] as const;
export type ClientDoing = (typeof CLIENT_DOINGS)[number];

export interface ConnectionMoment {
  readonly connection: number;
  /** Payload so far. */
  readonly bytes: number;
  /** As the download measures it, smoothed; 0: not known. */
  readonly bytesPerSecond: number;
  /** Out as of the last tick. */
  readonly fetches: number;
  readonly isSuspect: boolean;
  /** Blocks that it was given and that are not here yet, `end` excluded; null: none. */
  readonly lease: {readonly fragment: number; readonly first: number; readonly end: number} | null;
}

export interface ServerMoment {
  readonly server: number;
  readonly address: string;
  /** What the list says of it. */
  readonly role: 'prefer' | 'backup' | null;
  readonly limitBytesPerSecond: number | null;
  readonly state: RowOf<'server'>['is'];
  /** When it came into that state. */
  readonly sinceMs: number;
  /** When it is asked again; null: not told, or never. */
  readonly untilMs: number | null;
  readonly doing: Doing;
  /** Why it is lost or absent: text of the server, perhaps; null: not told. */
  readonly reason: string | null;
  /** Of a banned one: what it did, and where; null: it is not banned. */
  readonly proof: {
    readonly kind: string;
    readonly fragment: number | null;
    readonly block: number | null;
    readonly detail: string | null;
  } | null;
  /** `alias`: the server that it is. */
  readonly aliasOf: number | null;
  /** `other-version`: what it has instead. */
  readonly otherRoot: string | null;
  /** `indexing`: how far, in thousandths. */
  readonly permille: number | null;
  /** Payload so far, all connections. */
  readonly bytes: number;
  /** Of the last second. */
  readonly bytesPerSecond: number;
  /** Blocks of it that are in the file. */
  readonly blocks: number;
  /** Small files that it brought in bundles. */
  readonly files: number;
  /** Second copies, and wrong blocks. */
  readonly wastedBlocks: number;
  readonly busyReplies: number;
  readonly errors: number;
  /** Fetches out now. */
  readonly fetches: number;
  readonly isSuspect: boolean;
  /** Those that it has, or had last. */
  readonly connections: readonly ConnectionMoment[];
}

export interface ActorMoment {
  readonly actor: number;
  /** `connection-3`, `fragment-12`, `link`. */
  readonly name: string;
  /** Id of its machine; null: it has no states. */
  readonly machine: string | null;
  readonly parent: number | null;
  /** What it is about; null: not that. */
  readonly connection: number | null;
  readonly fragment: number | null;
  readonly session: number | null;
  /** The file of a set that it works for; null: the set, or the only file. */
  readonly item: number | null;
  /** Its states now: nested ones with a dot, one path for each parallel one. Empty: none told. */
  readonly states: readonly string[];
  readonly startedMs: number;
  /** When it came into these states. */
  readonly sinceMs: number;
  /** The step that led here; `row` is where the trace tells of it. Null: none yet. */
  readonly last: {
    readonly row: number;
    readonly t: number;
    readonly on: string;
    readonly from: readonly string[];
    readonly to: readonly string[];
  } | null;
  /** How many steps it made so far. */
  readonly moves: number;
  /** Its context as the trace has it: flat, trimmed, without secrets; null: not told. */
  readonly context: Readonly<Record<string, unknown>> | null;
  /** Null: it lives. Of those that ended only the last ones are kept. */
  readonly ended: {readonly t: number; readonly how: RowOf<'stop'>['how']} | null;
}

/** States of a block, by the number that stands in `FragmentMap.blocks`. */
export const BLOCK_STATES = [
  'missing',
  /** Of an earlier run, not hashed yet. */
  'unchecked',
  /** A server was asked for it. */
  'asked',
  /** Here, being hashed or written. */
  'received',
  'stored',
  /** Of an earlier run, and right. */
  'kept',
  /** Hashed and found wrong; missing until somebody is asked again. */
  'wrong',
] as const;
export type BlockState = (typeof BLOCK_STATES)[number];

/** In `FragmentMap.servers` and `leaders`: no server. */
export const NO_SERVER = 0xffff;

/** The file, block by block. Arrays belong to whoever gets them: they were made for this moment. */
export interface FragmentMap {
  readonly fragments: number;
  /** Blocks of a full fragment; the last one may have fewer. */
  readonly blocksPerFragment: number;
  readonly blocksTotal: number;
  /** Number of the state of each block; fragment f (from 1) begins at `(f - 1) * blocksPerFragment`. */
  readonly blocks: Uint8Array;
  /** The server that was asked for each block, or brought it; NO_SERVER: none. */
  readonly servers: Uint16Array;
  /** For each fragment one count a state, in the order of BLOCK_STATES. */
  readonly counts: Uint16Array;
  /** For each fragment the server that brought most of it; NO_SERVER: none. */
  readonly leaders: Uint16Array;
}

/** A client of a server. */
export interface ClientMoment {
  readonly session: number;
  readonly peer: string;
  readonly connectedMs: number;
  readonly doing: ClientDoing;
  /** When that began. */
  readonly sinceMs: number;
  /** `refused`: when it may come back. */
  readonly untilMs: number | null;
  /** Payload given to its socket. */
  readonly bytes: number;
  readonly fetches: number;
  readonly busyReplies: number;
  readonly errors: number;
  /** The last thing it was given, in words; null: nothing yet. */
  readonly lastFetch: string | null;
  /** Null: it is connected. */
  readonly closed: {readonly t: number; readonly reason: string} | null;
}

/** A file that a server offers, or does not. */
export interface OfferedFile {
  readonly name: string;
  readonly is: RowOf<'file'>['is'];
  readonly sinceMs: number;
  readonly size: number | null;
  readonly root: string | null;
  readonly fragments: number | null;
  readonly here: number | null;
  readonly reason: string | null;
  /** Payload served of it. */
  readonly servedBytes: number;
}

/** What a server knows of itself; only in traces of `serve`. */
export interface ServeMoment {
  readonly folder: string;
  readonly addresses: readonly string[];
  readonly maxTransfers: number;
  readonly limitBytesPerSecond: number | null;
  readonly inPlace: boolean;
  readonly slotsInUse: number;
  readonly isDraining: boolean;
  /** Payload given to sockets so far, and in the last second. */
  readonly servedBytes: number;
  readonly bytesPerSecond: number;
  readonly busyReplies: number;
  readonly refusedConnections: number;
  /** Clients connected; `clients` may hold fewer. */
  readonly sessions: number;
  /** Those connected, and the last ones that were; by number. */
  readonly clients: readonly ClientMoment[];
  readonly files: readonly OfferedFile[];
  /** Null: nothing is being indexed. */
  readonly indexing: {readonly files: number; readonly doneBytes: number; readonly totalBytes: number} | null;
}

/** A file of a set that is, or was, a download of its own; its rows carry its number. */
export interface SetFile {
  readonly item: number;
  readonly name: string;
  readonly size: number | null;
  readonly is: 'begun' | 'stored' | 'complete' | 'failed';
}

/** A download of several files; small ones come in bundles, large ones each as a download of its own. */
export interface SetMoment {
  /** What was asked for, as given: the first ones. */
  readonly wanted: readonly string[];
  /** Files and bytes of the set; null: not known yet. */
  readonly files: number | null;
  readonly bytes: number | null;
  /** Files that came, were there already, failed. */
  readonly storedFiles: number;
  readonly completeFiles: number;
  readonly failedFiles: number;
  /** Bundles asked for so far, and those out now. */
  readonly bundles: number;
  readonly bundlesOut: number;
  /** Large files, by number: each can be shown as a download of its own. */
  readonly large: readonly SetFile[];
}

/** What is known at one moment. */
export interface Moment {
  /** The moment shown. */
  readonly t: number;
  /** Rows up to this moment: the first `rows` of the trace. */
  readonly rows: number;
  /** It is the newest there is, and newer ones may come. */
  readonly isLive: boolean;
  /** The work has ended by now; null: not yet. */
  readonly end: End | null;
  readonly header: Header;
  /** Of a download of several files; null: of one. */
  readonly set: SetMoment | null;
  /** The file of the set that all below is about; null: the whole set, or the only file. */
  readonly item: number | null;
  /** Null in a trace of `serve`, and where all below is about a whole set. */
  readonly file: FileFacts | null;
  readonly totals: Totals;
  /** By number; empty in a trace of `serve`. */
  readonly servers: readonly ServerMoment[];
  /** By number: living ones, and the last ones that ended. */
  readonly actors: readonly ActorMoment[];
  /** Null: no version yet, or nothing that is downloaded in blocks. */
  readonly map: FragmentMap | null;
  /** Null in a trace of a download. */
  readonly serve: ServeMoment | null;
  /** Rows that are missing because the trace could not be written fast enough. */
  readonly droppedRows: number;
}
