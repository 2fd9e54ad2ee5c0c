/** Traces made by chance, and what there is to know at the end of one. */

import type {TraceRow} from '../../../src/trace/rows.js';
import {between, seededRandom} from '../../support/random.js';

const HEX = 'a'.repeat(64);
/** Files of a set that have rows of their own. */
const ITEMS = [3, 7];
const FRAGMENTS = 3;
const BLOCKS = 20;
const STATES = ['unasked', 'connecting', 'open', 'busy', 'lost', 'banned'] as const;

/** The parts of rows that are left when time and file are taken away. */
type Bare = TraceRow extends infer Row ? (Row extends TraceRow ? Omit<Row, 't' | 'item'> : never) : never;

/** One file of a set, or a trace of one file alone. */
class World {
  readonly #random: () => number;
  /** Living ones, with those that started them. */
  readonly #actors = new Map<number, number | null>();
  readonly #sessions: number[] = [];
  readonly #tickets: number[] = [];
  readonly #missing: [number, number][] = [];
  /** Clients are counted from 1. */
  #numbers = 1;

  constructor(random: () => number) {
    this.#random = random;
    for (let fragment = 1; fragment <= FRAGMENTS; fragment++)
      for (let block = 0; block < BLOCKS; block++) this.#missing.push([fragment, block]);
  }

  /** What it had started ends with it, and nobody tells. */
  #end(actor: number): void {
    this.#actors.delete(actor);
    for (const [child, parent] of this.#actors) if (parent === actor) this.#end(child);
  }

  rows(): Bare[] {
    const pick = (max: number) => between(this.#random, 0, max);
    const connection = pick(3);
    const fragment = 1 + pick(FRAGMENTS - 1);
    const first = pick(BLOCKS - 2);
    const run = {fragment, first, end: between(this.#random, first + 1, BLOCKS)};
    const actor = [...this.#actors.keys()][pick(this.#actors.size - 1)];
    const session = this.#sessions[pick(this.#sessions.length - 1)];
    switch (pick(18)) {
      case 0: {
        const number = this.#numbers++;
        const parent = actor ?? null;
        this.#actors.set(number, parent);
        return [
          {k: 'start', actor: number, name: `a-${number}`, machine: 'm', parent},
          {k: 'move', actor: number, on: 'xstate.init', from: '', to: 'idle'},
        ];
      }
      case 1:
        return actor === undefined ? [] : [{k: 'move', actor, on: 'go', from: 'x', to: `s${pick(9)}`}];
      case 2:
        if (actor === undefined) return [];
        this.#end(actor);
        return [{k: 'stop', actor, how: 'done'}];
      case 3:
        return [{k: 'say', from: null, to: actor ?? 0, on: 'hello'}];
      case 4:
        return [{k: 'dial', connection, server: connection % 2, again: this.#random() < 0.5}];
      case 5:
        return [{k: 'lease', connection, ...run}];
      case 6:
        return [{k: 'steal', connection, from: pick(3), ...run}];
      case 7:
        return [{k: 'return', connection}];
      case 8: {
        const ticket = this.#numbers++;
        this.#tickets.push(ticket);
        return [{k: 'fetch', connection, ticket, ...run, hedge: false}];
      }
      case 9: {
        const ticket = this.#tickets.splice(pick(this.#tickets.length), 1)[0];
        if (ticket === undefined) return [];
        return this.#random() < 0.3
          ? [
              {k: 'cancel', connection, ticket},
              {k: 'fetched', connection, ticket, how: 'cancelled'},
            ]
          : [{k: 'fetched', connection, ticket, how: 'ok'}];
      }
      case 10:
      case 11:
      case 12: {
        const [block] = this.#missing.splice(pick(this.#missing.length), 1);
        if (block === undefined) return [];
        const what = {connection, fragment: block[0], block: block[1], bytes: 100 + pick(3)};
        return [
          {k: 'block', ...what},
          {k: 'stored', ...what, connection: pick(9) === 0 ? null : connection},
        ];
      }
      case 13:
        return [
          {k: 'server', server: pick(1), is: STATES[pick(5)] ?? 'open', busyReplies: 0, errors: pick(3)},
        ];
      case 14:
        return [
          {
            k: 'tick',
            elapsedMs: 250,
            slabsFree: pick(64),
            storing: pick(8),
            tasks: pick(8),
            waitedMs: pick(100) / 10,
            hashedMs: 1,
            writtenMs: 2,
            connections: [[connection, pick(1_000), 5, pick(2), pick(10), 0]],
          },
        ];
      case 15: {
        const number = this.#numbers++;
        this.#sessions.push(number);
        return [{k: 'session', session: number, peer: '127.0.0.1:1'}];
      }
      case 16:
        if (session === undefined) return [];
        if (this.#random() < 0.2) {
          this.#sessions.splice(this.#sessions.indexOf(session), 1);
          return [{k: 'closed', session, reason: 'gone', bytes: 1, busyReplies: 0}];
        }
        return [
          {k: 'slot', session, granted: this.#random() < 0.5, inUse: pick(3)},
          {
            k: 'served',
            session,
            request: pick(99),
            name: 'x.zip',
            fragment,
            first,
            count: 2,
            bytes: pick(99),
            how: this.#random() < 0.8 ? 'ok' : 'cancelled',
            queuedMs: 0,
            elapsedMs: 1,
            readMs: 1,
            writeMs: 0,
          },
        ];
      case 17:
        return [{k: 'load', sessions: pick(3), inUse: pick(3), bytes: pick(1_000)}];
      default:
        return [
          {k: 'refused', reason: `for reason ${pick(1)}`},
          {k: 'file', name: `f${pick(3)}`, is: 'ready', size: pick(99)},
          {k: 'wrong', connection, fragment, block: first, expected: HEX, received: ''},
        ];
    }
  }
}

/** About so many rows, as the seed has them. `items`: rows of two files of a set as well. */
export function randomTrace(seed: number, count: number, items = false): TraceRow[] {
  const random = seededRandom(seed);
  const worlds = new Map<number | undefined, World>([[undefined, new World(random)]]);
  if (items) for (const item of ITEMS) worlds.set(item, new World(random));
  const rows: TraceRow[] = [];
  let t = 0;
  while (rows.length < count) {
    const entries = [...worlds];
    const [item, world] = entries[between(random, 0, entries.length - 1)] ?? [];
    for (const row of world?.rows() ?? []) {
      t = Math.round((t + random() * 20) * 100) / 100;
      const {k, ...fields} = row;
      rows.push({t, k, ...(item !== undefined && {item}), ...fields} as TraceRow);
    }
  }
  return rows;
}

/** Everything that is known at the end of a trace and that a page would show, as text. */
export function known(rows: readonly TraceRow[]): string {
  const all = [undefined, ...ITEMS].map((item) => [
    item ?? 'all',
    knownOf(rows.filter((row) => row.item === item)),
  ]);
  return JSON.stringify(
    all,
    (_, value: unknown) =>
      value instanceof Map
        ? [...value].sort((a, b) => String(a[0]).localeCompare(String(b[0])))
        : value instanceof Set
          ? [...value].sort()
          : value,
    1,
  );
}

function knownOf(rows: readonly TraceRow[]) {
  const actors = new Map<number, {parent: number | null; state: string}>();
  const servers = new Map<number, string>();
  const dialled = new Map<number, number>();
  const stored = new Map<string, number | null>();
  const leases = new Map<number, Set<string>>();
  const fetches = new Map<number, readonly string[]>();
  const received = new Map<number, number>();
  const sessions = new Map<number, Map<string, number>>();
  const slots = new Map<number, boolean>();
  const files = new Map<string, number | undefined>();
  const sums = {
    storedBytes: 0,
    servedBytes: 0,
    busyReplies: 0,
    refused: 0,
    tickMs: 0,
    tasks: 0,
    pausedMs: 0,
    loadBytes: 0,
    lastT: 0,
  };
  const add = <Key>(map: Map<Key, number>, key: Key, amount: number) =>
    map.set(key, (map.get(key) ?? 0) + amount);
  const end = (actor: number): void => {
    actors.delete(actor);
    for (const [child, {parent}] of actors) if (parent === actor) end(child);
  };
  for (const row of rows) {
    if (row.k === 'start') actors.set(row.actor, {parent: row.parent, state: ''});
    if (row.k === 'stop') end(row.actor);
    if (row.k === 'move') {
      const actor = actors.get(row.actor);
      if (actor !== undefined) actor.state = row.to;
    }
    if (row.k === 'server') servers.set(row.server, `${row.is} ${row.errors}`);
    if (row.k === 'dial') dialled.set(row.connection, row.server);
    if (row.k === 'lease' || row.k === 'steal') {
      const blocks = blocksOf(row);
      if (row.k === 'steal') for (const block of blocks) leases.get(row.from)?.delete(block);
      leases.set(row.connection, new Set(blocks));
    }
    if (row.k === 'return') leases.delete(row.connection);
    if (row.k === 'fetch') fetches.set(row.ticket, blocksOf(row));
    if (row.k === 'fetched') fetches.delete(row.ticket);
    if (row.k === 'stored' || row.k === 'brought') {
      const runs = row.k === 'brought' ? row.runs : [[row.fragment, row.block, row.block + 1] as const];
      for (const [fragment, first, last] of runs)
        for (const block of blocksOf({fragment, first, end: last})) stored.set(block, row.connection);
      sums.storedBytes += row.bytes;
    }
    if (row.k === 'tick') {
      sums.tickMs += row.elapsedMs;
      sums.tasks += row.tasks;
      for (const [connection, bytes, , , pausedMs] of row.connections) {
        add(received, connection, bytes);
        sums.pausedMs += pausedMs;
      }
    }
    if (row.k === 'session') sessions.set(row.session, new Map());
    if (row.k === 'closed') {
      sessions.delete(row.session);
      slots.delete(row.session);
    }
    if (row.k === 'slot') {
      if (sessions.has(row.session)) slots.set(row.session, row.granted);
      if (!row.granted) sums.busyReplies += row.times ?? 1;
    }
    if (row.k === 'refused') sums.refused += row.times ?? 1;
    if (row.k === 'served') {
      sums.servedBytes += row.bytes;
      const served = sessions.get(row.session);
      if (served !== undefined) {
        add(served, `${row.how} bytes`, row.bytes);
        add(served, `${row.how} blocks`, row.count ?? 0);
        add(served, `${row.how} fetches`, row.times ?? 1);
      }
    }
    if (row.k === 'load') sums.loadBytes += row.bytes;
    if (row.k === 'file') files.set(row.name, row.size);
  }
  const unstored = (blocks: Iterable<string>) => [...blocks].filter((block) => !stored.has(block)).sort();
  return {
    actors,
    servers,
    dialled,
    stored,
    leases: new Map(
      [...leases]
        .map(([connection, blocks]) => [connection, unstored(blocks)] as const)
        .filter(([, blocks]) => blocks.length > 0),
    ),
    fetches: new Set(
      [...fetches].filter(([, blocks]) => unstored(blocks).length > 0).map(([ticket]) => ticket),
    ),
    received,
    sessions,
    slots,
    files,
    sums,
  };
}

function blocksOf({
  fragment,
  first,
  end,
}: {
  readonly fragment: number;
  readonly first: number;
  readonly end: number;
}): string[] {
  return Array.from({length: end - first}, (_, at) => `${fragment}/${first + at}`);
}
