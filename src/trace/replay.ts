/** Replays the rows of a download: what is known at the moment of each. Whatever shows a trace begins here. Pure. */

import type {RowOf, TraceRow} from './rows.js';

/** A server as the rows so far tell it. */
export interface ReplayedServer {
  readonly address: string;
  state: RowOf<'server'>['is'];
  /** Payload received. */
  bytes: number;
  /** Blocks of it that are in the file, small files counted as one each. */
  blocks: number;
  /** Small files that it brought in bundles. */
  files: number;
  busyReplies: number;
  errors: number;
}

export class Replay {
  readonly servers: ReplayedServer[] = [];
  storedBytes = 0;
  resumedBytes = 0;
  /** Rows that are missing because the trace's file was too slow. */
  droppedRows = 0;
  done: RowOf<'done'> | null = null;
  /** Of a set: files that are downloads of their own, whose rows tell of every block. */
  readonly #begun = new Set<number>();
  #isSet = false;
  readonly #serverOf = new Map<number, number>();
  /** By server: busy replies whose own rows have come. */
  readonly #refusals = new Map<number, number>();

  get receivedBytes(): number {
    return this.servers.reduce((sum, {bytes}) => sum + bytes, 0);
  }

  /** Received in vain; while blocks are being checked these count as well. */
  get wastedBytes(): number {
    return this.receivedBytes - this.storedBytes;
  }

  /** The number of a connection's server; null: no such connection was dialled. */
  numberOf(connection: number): number | null {
    return this.#serverOf.get(connection) ?? null;
  }

  /** The server of a connection. */
  serverOf(connection: number): ReplayedServer | undefined {
    return this.servers[this.#serverOf.get(connection) ?? -1];
  }

  /** Learns one row; they must come in their order. */
  take(row: TraceRow): void {
    switch (row.k) {
      case 'address':
        this.servers[row.server] = {...FRESH, address: row.address};
        return;
      case 'dial':
        this.#serverOf.set(row.connection, row.server);
        return;
      case 'set':
        this.#isSet = true;
        return;
      case 'server':
        // What it is to one file of a set it need not be to the others.
        if (!this.#isSet || row.item === undefined) this.#takeServer(row);
        return;
      case 'tick':
        for (const [connection, bytes] of row.connections) {
          const server = this.serverOf(connection);
          if (server !== undefined) server.bytes += bytes;
        }
        return;
      case 'fetched':
      case 'bundled':
        if (row.how === 'busy') this.#takeRefusal(row.connection);
        return;
      case 'item':
        return this.#takeItem(row);
      case 'sum': {
        const server = this.servers[row.server];
        if (server !== undefined) server.errors = row.errors;
        return;
      }
      case 'kept':
        if (row.how === 'trusted' || row.how === 'whole') this.resumedBytes += row.bytes;
        return;
      case 'stored':
        return this.#takeStored(row, 1);
      case 'brought':
        return this.#takeStored(
          row,
          row.runs.reduce((sum, [, first, end]) => sum + end - first, 0),
        );
      case 'dropped':
        this.droppedRows += row.rows;
        return;
      case 'done':
        this.done = row;
        return;
    }
  }

  /** Counted by itself: the row `server` that has counted it already may come first. */
  #takeRefusal(connection: number): void {
    const index = this.#serverOf.get(connection) ?? -1;
    const server = this.servers[index];
    if (server === undefined) return;
    const refusals = (this.#refusals.get(index) ?? 0) + 1;
    this.#refusals.set(index, refusals);
    server.busyReplies = Math.max(server.busyReplies, refusals);
  }

  #takeServer({server: index, is, errors, busyReplies}: RowOf<'server'>): void {
    const server = this.servers[index];
    if (server === undefined) return;
    server.state = is;
    server.errors = errors;
    // Counted by their fetches as well, which may be left out of what is long past.
    server.busyReplies = Math.max(server.busyReplies, busyReplies);
  }

  /** Files that came in bundles, or were there already, have no other row. */
  #takeItem({item = 0, is, server: index, storedBytes = 0, resumedBytes = 0}: RowOf<'item'>): void {
    if (is === 'begun') this.#begun.add(item);
    if (this.#begun.has(item)) return;
    this.storedBytes += storedBytes;
    this.resumedBytes += resumedBytes;
    const server = this.servers[index ?? -1];
    if (server === undefined) return;
    server.blocks++;
    server.files++;
  }

  #takeStored({connection, bytes}: RowOf<'stored' | 'brought'>, blocks: number): void {
    if (connection === null) {
      this.resumedBytes += bytes;
      return;
    }
    this.storedBytes += bytes;
    const server = this.serverOf(connection);
    if (server !== undefined) server.blocks += blocks;
  }
}

const FRESH = {state: 'unasked' as const, bytes: 0, blocks: 0, files: 0, busyReplies: 0, errors: 0};
