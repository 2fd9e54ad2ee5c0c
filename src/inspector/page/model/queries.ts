/** What the page asks its worker, and what comes back. All of it is plain data that can be posted. */

import type {TraceRow} from '../../../trace/rows.js';
import type {Moment} from './moment.js';

/** Where in the trace: at its newest row, or at a moment; `row` names one of several rows of the same moment. */
export type Position =
  | {readonly kind: 'live'}
  | {readonly kind: 'at'; readonly t: number; readonly row?: number};

/** What the page knows of the rows themselves. */
export interface Feed {
  readonly status: FeedStatus;
  /** `recorded`: a file; `live`: a process that still runs, or did a moment ago. */
  readonly mode: 'live' | 'recorded';
  /** Command that is traced, and what the page calls it: a file, or a folder. */
  readonly command: 'download' | 'serve';
  readonly name: string;
  /** Bytes read so far, and in all; null: not known. */
  readonly bytes: number;
  readonly bytesTotal: number | null;
  readonly rows: number;
  /** Time of the last row, in milliseconds since the start. */
  readonly endMs: number;
  /** ISO 8601 of the start; null: no row yet. */
  readonly startedAt: string | null;
  /** What is wrong with the trace, in words, most important first; empty: nothing. */
  readonly problems: readonly string[];
  /** Grows when everything known was forgotten and begins anew: answers of earlier ones are stale. */
  readonly generation: number;
}

export type FeedStatus =
  /** The first bytes are waited for. */
  | {readonly kind: 'connecting'}
  /** A recorded trace is being read. */
  | {readonly kind: 'loading'}
  /** Rows come as they happen. */
  | {readonly kind: 'live'}
  /** The connection to the process is gone; it is tried again. */
  | {readonly kind: 'reconnecting'}
  /** Nothing more comes: all is here. */
  | {readonly kind: 'ended'}
  /** It cannot be shown, or not further: why, in words. */
  | {readonly kind: 'failed'; readonly reason: string};

/** Something worth jumping to. */
export interface Mark {
  readonly t: number;
  readonly row: number;
  readonly kind: 'version' | 'busy' | 'lost' | 'banned' | 'wrong' | 'disk' | 'refused' | 'dropped' | 'end';
  /** In words, with the address of the server. */
  readonly text: string;
  readonly server: number | null;
}

/** A row of lanes in a timeline: one server of a download, or one client of a server. */
export interface Lane {
  /** Number of the server or session. */
  readonly id: number;
  /** Address of it. */
  readonly label: string;
  /** Segments in order of time, without gaps but where nothing is known: `starts[i]` to `ends[i]` in ms. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** What went on most of that time: a number into DOINGS (download) or CLIENT_DOINGS (serve). */
  readonly doings: Uint8Array;
  /** Bytes per second in `bins` equal parts of the window. */
  readonly rates: Float32Array;
}

export interface Lanes {
  readonly fromMs: number;
  readonly toMs: number;
  /** Which words `doings` are numbers of. */
  readonly of: 'servers' | 'clients';
  readonly lanes: readonly Lane[];
  /** Lanes that there are in this window; `lanes` has the first ones of them. */
  readonly total: number;
  /** Rate over all in `bins` equal parts of the window. */
  readonly rates: Float32Array;
  readonly bins: number;
}

/** Which rows of the trace; what is left out does not restrict. */
export interface RowFilter {
  readonly kinds?: readonly string[];
  readonly server?: number;
  /** Rows about any of these, or said by one of them. */
  readonly actors?: readonly number[];
  readonly session?: number;
  /** Of one file of a set. */
  readonly item?: number;
  /** Anywhere in the row, case ignored. */
  readonly text?: string;
}

/** One row of the trace with its number. */
export interface NumberedRow {
  readonly row: number;
  readonly data: TraceRow;
  /** Who it is about, in words: an address, the name of an actor. */
  readonly who: string;
  /** What happened, in words. */
  readonly what: string;
  /** The actor to look at for it; null: none. */
  readonly actor: number | null;
  readonly server: number | null;
}

export interface Events {
  readonly offset: number;
  readonly rows: readonly NumberedRow[];
  /** Rows that pass the filter, as far as they were looked at. */
  readonly total: number;
  /** Rows looked at so far, of all; equal: this answer is whole. */
  readonly scanned: number;
  readonly of: number;
  /** Index, among those that pass, of the last one at or before the position asked for; -1: none. */
  readonly index: number;
  /** Names of the actors that these rows are about, by number. */
  readonly names: Readonly<Record<number, string>>;
  /** How many rows of each kind there are in the trace. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** What can be asked, by name. */
export interface Queries {
  /** The state at a position, whole: a view that needs it beside the one in the store, such as a comparison. */
  readonly moment: {
    readonly ask: {readonly at: Position; readonly item: number | null; readonly map: boolean};
    readonly answer: Moment | null;
  };
  /** Segments for a window of `pixels` width. */
  readonly lanes: {
    readonly ask: {
      readonly item: number | null;
      readonly fromMs: number;
      readonly toMs: number;
      readonly pixels: number;
      /** Lanes that are wanted, in this order; left out: the first ones. */
      readonly ids?: readonly number[];
    };
    readonly answer: Lanes;
  };
  readonly events: {
    readonly ask: {
      readonly filter: RowFilter;
      /** First row wanted, among those that pass; `at`: so that the position stands in the middle. */
      readonly offset: number | 'at';
      readonly count: number;
      readonly at: Position;
    };
    readonly answer: Events;
  };
  readonly marks: {readonly ask: {readonly item: number | null}; readonly answer: readonly Mark[]};
}

export type QueryName = keyof Queries;
export type Ask<Name extends QueryName> = Queries[Name]['ask'];
export type Answer<Name extends QueryName> = Queries[Name]['answer'];
