/** What a download gave out, got and stored, row by row: blocks, fetches, leases, and the sums. */

import type {RowOf, TraceRow} from '../../../trace/rows.js';
import {BlockMap} from './block-map.js';
import {type Counts, NOTHING} from './counts.js';
import {doingAt, type Fleet, type LaneSink, type Link, type Server} from './fleet.js';
import {DOINGS, type FragmentMap, type Totals} from './moment.js';
import {type Fetch, OpenFetches, ticketOf} from './open-fetches.js';

export class Transfer {
  readonly fleet: Fleet;
  /** Of this transfer's own file; null: it has none, or nobody has said how it is cut. */
  map: BlockMap | null = null;
  readonly counts: Counts;
  /** As the last rows tell it; null: not told yet. */
  told: RowOf<'total'> | null = null;
  readonly #fetches: OpenFetches;

  constructor(fleet: Fleet, counts: Counts = NOTHING, fetches = new OpenFetches()) {
    this.fleet = fleet;
    this.counts = {...counts};
    this.#fetches = fetches;
  }

  clone(): Transfer {
    const copy = new Transfer(this.fleet.clone(), this.counts, this.#fetches.clone());
    copy.map = this.map?.clone() ?? null;
    copy.told = this.told;
    return copy;
  }

  /** How the file is cut; `slabs` and `threads` for what is shown beside it. */
  begin(row: RowOf<'download' | 'set'>): void {
    this.counts.slabs = row.slabs;
    this.counts.threads = row.threads;
    if (row.k === 'download') this.map = BlockMap.of(row.fragmentBytes / row.blockBytes);
  }

  /** `sink`: told what servers begin to do; null in copies that look back. */
  take(row: TraceRow, sink: LaneSink | null): void {
    switch (row.k) {
      case 'address':
        this.fleet.address(row);
        sink?.label(row.server, row.address);
        return;
      case 'dial':
        this.#end((fetch) => fetch.connection === row.connection);
        return this.fleet.dial(row);
      case 'server':
        return this.#takeServer(row, sink);
      case 'tick':
        return this.#takeTick(row, sink);
      case 'lease':
        return this.#lease(row.connection, row);
      case 'steal':
        this.#lease(row.from, null);
        return this.#lease(row.connection, row);
      case 'return':
        return this.#lease(row.connection, null);
      case 'fetch':
        return this.#takeFetch(row, sink);
      case 'fetched':
        return this.#takeFetched(row, row.ticket, sink);
      case 'bundle':
        return this.#takeBundle(row, sink);
      case 'bundled':
        return this.#takeFetched(row, ticketOf(row), sink);
      case 'block':
        return this.#takeBlock(row, sink);
      case 'stored':
        return this.#takeStored(row, sink);
      case 'brought':
        return this.#takeBrought(row);
      case 'wrong':
        return this.#takeWrong(row, sink);
      case 'kept':
        return this.#takeKept(row);
      case 'disk':
        this.counts.isDiskFull = row.is === 'full';
        return;
      case 'hashing':
        this.counts.hashedBytes = row.doneBytes;
        return;
      case 'total':
        this.told = row;
        return;
    }
  }

  /** The end: what is still out will not come. */
  finish(t: number, sink: LaneSink | null): void {
    this.#end(() => true);
    for (const server of this.fleet.servers) this.#look(server, t, sink);
  }

  /** A file of a set that came in a bundle, or was here: no other row tells of its bytes. */
  takeSmallFile({server: index, storedBytes = 0, resumedBytes = 0}: RowOf<'item'>): void {
    this.counts.storedBytes += storedBytes;
    this.counts.resumedBytes += resumedBytes;
    const server = this.fleet.servers[index ?? -1];
    if (server !== undefined) server.files++;
  }

  /** `size` of the file, where it is known. */
  totals(t: number, size: number | null, isEnded: boolean): Totals {
    const received = this.fleet.servers.reduce((sum, {bytes}) => sum + bytes, 0);
    const {storedBytes, resumedBytes} = this.counts;
    const rate = this.fleet.calmRateAt(t);
    const restBytes = size === null ? null : Math.max(0, size - storedBytes - resumedBytes);
    return {
      ...this.counts,
      receivedBytes: received,
      wastedBytes: isEnded ? (this.told?.wastedBytes ?? Math.max(0, received - storedBytes)) : null,
      bytesPerSecond: isEnded ? 0 : this.fleet.rateAt(t),
      etaMs: restBytes === null || isEnded || rate === 0 ? null : (restBytes / rate) * 1_000,
    };
  }

  view(fragments: number, size: number, blockBytes: number): FragmentMap | null {
    return this.map?.view(fragments, Math.ceil(size / blockBytes)) ?? null;
  }

  /** What a server does now, unless a tick has said it better. */
  #look(server: Server | undefined, t: number, sink: LaneSink | null, bytes = 0): void {
    if (server === undefined) return;
    const doing = doingAt(server, bytes);
    server.doing = doing;
    sink?.doing(server.server, t, DOINGS.indexOf(doing));
  }

  #takeServer(row: RowOf<'server'>, sink: LaneSink | null): void {
    const server = this.fleet.servers[row.server];
    this.fleet.enter(row);
    // One that is not open has nothing out for this file.
    const source = row.item ?? null;
    if (row.is !== 'open')
      this.#end(({connection}) => {
        const link = this.fleet.linkOf(connection);
        return link?.server === row.server && link.item === source;
      });
    this.#look(server, row.t, sink);
  }

  #takeTick(row: RowOf<'tick'>, sink: LaneSink | null): void {
    this.counts.storing = row.storing;
    this.counts.slabsFree = row.slabsFree;
    const asked = this.fleet.tick(row, sink);
    // A fetch of a lost connection has no end of its own.
    const source = row.item ?? null;
    this.#end(
      ({connection}, ticket) =>
        ticket >= 0 && !asked.has(connection) && this.fleet.linkOf(connection)?.item === source,
    );
    for (const {server, doing} of this.fleet.servers) sink?.doing(server, row.t, DOINGS.indexOf(doing));
  }

  #lease(connection: number, run: Link['lease']): void {
    const link = this.fleet.linkOf(connection);
    if (link !== undefined) link.lease = run && {fragment: run.fragment, first: run.first, end: run.end};
  }

  #takeFetch({t, connection, ticket, fragment, first, end}: RowOf<'fetch'>, sink: LaneSink | null): void {
    const link = this.fleet.linkOf(connection);
    const server = this.fleet.serverOf(connection);
    if (link === undefined || server === undefined) return;
    if (link.lease?.fragment === fragment && link.lease.first < end)
      link.lease = end >= link.lease.end ? null : {...link.lease, first: end};
    this.#fetches.add(ticket, {connection, fragment, first, end});
    link.fetches++;
    server.fetches++;
    for (let block = first; block < Math.min(end, this.#blocksMax); block++) {
      const state = this.map?.stateOf(fragment, block);
      if (state === 'missing' || state === 'wrong') this.map?.set(fragment, block, 'asked', server.server);
    }
    if (server.doing === 'idle' || server.doing === 'verifying') this.#look(server, t, sink);
  }

  /** Out as a fetch is, of no blocks. */
  #takeBundle(row: RowOf<'bundle'>, sink: LaneSink | null): void {
    const {t, connection} = row;
    const link = this.fleet.linkOf(connection);
    const server = this.fleet.serverOf(connection);
    if (link === undefined || server === undefined) return;
    this.#fetches.add(ticketOf(row), {connection, fragment: 0, first: 0, end: 0});
    link.fetches++;
    server.fetches++;
    if (server.doing === 'idle') this.#look(server, t, sink);
  }

  #takeFetched(
    {t, connection, how}: RowOf<'fetched' | 'bundled'>,
    ticket: number,
    sink: LaneSink | null,
  ): void {
    const server = this.fleet.serverOf(connection);
    this.#end((_, number) => number === ticket);
    if (server === undefined) return;
    // The row of the server that has counted it already may have come first.
    if (how === 'busy') server.busyReplies = Math.max(server.busyReplies, ++server.refusals);
    if (server.fetches === 0) this.#look(server, t, sink);
  }

  #takeBlock({t, connection, fragment, block, bytes, wasted}: RowOf<'block'>, sink: LaneSink | null): void {
    const server = this.fleet.serverOf(connection);
    if (wasted === true) {
      this.counts.duplicateBytes += bytes;
      if (server !== undefined) server.wastedBlocks++;
      return;
    }
    if (server === undefined) return;
    server.pending++;
    this.map?.set(fragment, block, 'received', server.server);
    if (server.state === 'open' && server.doing !== 'transferring' && server.doing !== 'paused')
      this.#look(server, t, sink, bytes);
  }

  #takeStored({t, connection, fragment, block, bytes}: RowOf<'stored'>, sink: LaneSink | null): void {
    if (connection === null) {
      this.counts.resumedBytes += bytes;
      this.map?.set(fragment, block, 'kept', null);
      return;
    }
    this.counts.storedBytes += bytes;
    const server = this.fleet.serverOf(connection);
    this.map?.set(fragment, block, 'stored', server?.server ?? null);
    if (server === undefined) return;
    server.blocks++;
    server.pending = Math.max(0, server.pending - 1);
    if (server.pending === 0 && server.fetches === 0) this.#look(server, t, sink);
  }

  #takeBrought({connection, bytes, runs}: RowOf<'brought'>): void {
    const server = this.fleet.serverOf(connection);
    if (connection === null) this.counts.resumedBytes += bytes;
    else this.counts.storedBytes += bytes;
    const state = connection === null ? 'kept' : 'stored';
    this.#eachOf(runs, (fragment, block) => {
      this.map?.set(fragment, block, state, server?.server ?? null);
    });
    if (server === undefined) return;
    const blocks = runs.reduce((sum, [, first, end]) => sum + end - first, 0);
    server.blocks += blocks;
    // Some of them had come before all this was put together.
    server.pending = Math.max(0, server.pending - blocks);
  }

  #takeWrong({t, connection, fragment, block}: RowOf<'wrong'>, sink: LaneSink | null): void {
    const server = this.fleet.serverOf(connection);
    this.counts.wrongBlocks++;
    this.map?.set(fragment, block, 'wrong', server?.server ?? null);
    if (server === undefined) return;
    server.wastedBlocks++;
    server.pending = Math.max(0, server.pending - 1);
    if (server.pending === 0 && server.fetches === 0) this.#look(server, t, sink);
  }

  #takeKept({how, bytes, runs}: RowOf<'kept'>): void {
    const counts = how === 'trusted' || how === 'whole';
    if (counts) this.counts.resumedBytes += bytes;
    this.#eachOf(runs, (fragment, block) => {
      this.map?.set(fragment, block, counts ? 'kept' : 'unchecked', null);
    });
  }

  get #blocksMax(): number {
    return this.map?.blocksPerFragment ?? 0;
  }

  #eachOf(runs: RowOf<'kept'>['runs'], then: (fragment: number, block: number) => void): void {
    for (const [fragment, first, end] of runs)
      for (let block = first; block < Math.min(end, this.#blocksMax); block++) then(fragment, block);
  }

  #end(isOver: (fetch: Fetch, ticket: number) => boolean): void {
    this.#fetches.end(isOver, this.fleet, this.map);
  }
}
