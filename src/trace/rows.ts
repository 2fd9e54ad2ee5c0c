/**
 * The schema of traces: every kind of row with every field. The types, the checks of the reader and the tables of
 * docs/trace.md all come from here. Fields and kinds may be added within a schema number; a reader skips what it does
 * not know. What exists keeps its name, type, unit and meaning.
 */

import {DOWNLOAD_ROWS} from './download-rows.js';
import {type Fields, ms, nullable, optional, text, type ValuesOf, values, whole, word} from './fields.js';
import {SERVE_ROWS} from './serve-rows.js';
import {SET_ROWS} from './set-rows.js';

/** Number of the schema; another one means that a reader of this one must not try. */
export const SCHEMA = 1;

/** Rows of every trace: where it comes from, what its actors did, and how it ended. */
export const COMMON_ROWS = {
  trace: {
    about: 'The header: always the first row, and at `t` 0.',
    fields: {
      schema: whole(`number of this schema: ${SCHEMA}`),
      fdl: text('version of fdl'),
      command: word(['download', 'serve'], 'what was traced'),
      startedAt: text('time of day at `t` 0, ISO 8601 in UTC'),
      node: text('version of Node.js'),
      platform: text('system and processor'),
      cores: whole('processors that may be used'),
    },
  },
  machine: {
    about: 'A machine whose actors appear below.',
    fields: {
      machine: text('its id'),
      hash: text('16 hex digits over its definition: two traces with the same one have the same states'),
    },
  },
  start: {
    about: 'An actor has started.',
    fields: {
      actor: whole('its number, for the rows that follow'),
      name: text('`connection-3`, `fragment-12`, `link`'),
      machine: nullable(text('the machine that it runs; null: it has no states')),
      parent: nullable(whole('the actor that started it; null: nobody did')),
      connection: optional(whole('the connection that it is about')),
      fragment: optional(whole('the fragment that it is about')),
      session: optional(whole('the client that it is about')),
    },
  },
  stop: {
    about: 'An actor has ended.',
    fields: {
      actor: whole('its number'),
      how: word(['done', 'stopped', 'error'], 'by reaching its end, by its parent, or by a mistake of ours'),
    },
  },
  move: {
    about: 'An actor went from one state to another.',
    fields: {
      actor: whole('its number'),
      on: text('type of the event that did it'),
      from: text(
        'states it was in, nested ones with a dot, parallel ones with a blank between; empty at its start',
      ),
      to: text('states it is in now'),
    },
  },
  context: {
    about:
      'What an actor remembers, when it has changed since it was last told. It follows `start` and `move` rows; what changes between them is told with the next one.',
    fields: {
      actor: whole('its number'),
      values: values(
        'by name, inner ones with a dot: long texts cut, of bytes and long lists the length, without secrets; the home folder is written as `~`',
      ),
    },
  },
  say: {
    about:
      'An actor was sent an event. Those about single blocks and fetches are left out: `fetch`, `fetched`, `block` and `stored` tell of them.',
    fields: {
      from: nullable(whole('the actor that sent it; null: somebody outside')),
      to: whole('the actor that it was sent to'),
      on: text('type of the event'),
    },
  },
  dropped: {
    about: 'The file of the trace was too slow: rows are missing here.',
    fields: {rows: whole('how many')},
  },
  done: {
    about: 'The end: always the last row, unless the process was killed.',
    fields: {
      how: word(['complete', 'stopped', 'failed'], 'how'),
      code: optional(text('`stopped`, `failed`: code of the error')),
      message: optional(text('`stopped`, `failed`: the error in words; the home folder is written as `~`')),
    },
  },
} as const;

/** Every kind of row. */
export const ROWS = {...COMMON_ROWS, ...DOWNLOAD_ROWS, ...SET_ROWS, ...SERVE_ROWS} as const;

/** What every row begins with. */
export const HEAD = {
  t: ms('when: since the start, monotonic, never less than in the row before'),
  k: text('kind of the row'),
  item: optional(
    whole('in the trace of a set: the file that the row is about, by its number; left out: all of them'),
  ),
} as const satisfies Fields;

export type RowKind = keyof typeof ROWS;

/** One row: when, what kind, of which file of a set, and the fields of that kind. */
export type TraceRow = {[K in RowKind]: RowOf<K>}[RowKind];

export type RowOf<K extends RowKind> = {
  readonly t: number;
  readonly k: K;
  readonly item?: number;
} & ValuesOf<(typeof ROWS)[K]['fields']>;
