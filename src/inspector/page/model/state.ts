/**
 * Everything that is known after some rows of a trace, of one file or of all. Mutable; `clone` makes a keyframe. Pure: no
 * clock, no page, no worker.
 */

import type {RowOf, TraceRow} from '../../../trace/rows.js';
import {Actors} from './actors.js';
import {FileSet} from './file-set.js';
import {Fleet, type LaneSink} from './fleet.js';
import type {End, Header, Moment, Totals} from './moment.js';
import {Serving} from './serving.js';
import {Transfer} from './transfer.js';

/** What a moment is asked for with. */
export interface Sight {
  /** The moment; the state must hold the rows up to it. */
  readonly t: number;
  /** Rows up to it: those of other files of a set count too. */
  readonly rows: number;
  readonly isLive: boolean;
  /** The map costs a megabyte for a million blocks: only who shows it asks for it. */
  readonly map: boolean;
  /** The trace is over without a `done`; null: not, or not yet. */
  readonly cut: End | null;
}

interface Parts {
  readonly actors: Actors;
  readonly transfer: Transfer;
  readonly serving: Serving;
  readonly set: FileSet;
}

export class State {
  /** Whose rows it takes; null: all. */
  readonly item: number | null;
  readonly #parts: Parts;
  #header: Header | null = null;
  #download: RowOf<'download'> | null = null;
  #version: RowOf<'version'> | null = null;
  #end: End | null = null;
  #droppedRows = 0;

  constructor(item: number | null, parts?: Parts) {
    this.item = item;
    this.#parts = parts ?? {
      actors: new Actors(),
      transfer: new Transfer(new Fleet()),
      serving: new Serving(),
      set: new FileSet(),
    };
  }

  clone(): State {
    const {actors, transfer, serving, set} = this.#parts;
    const copy = new State(this.item, {
      actors: actors.clone(),
      transfer: transfer.clone(),
      serving: serving.clone(),
      set: set.clone(),
    });
    copy.#header = this.#header;
    copy.#download = this.#download;
    copy.#version = this.#version;
    copy.#end = this.#end;
    copy.#droppedRows = this.#droppedRows;
    return copy;
  }

  /** Learns a row, which is number `row` of the trace. */
  take(row: TraceRow, number: number, sink: LaneSink | null): void {
    const {actors, transfer, serving, set} = this.#parts;
    switch (row.k) {
      case 'trace':
        return this.#takeHeader(row);
      case 'machine':
        return this.#takeMachine(row);
      case 'start':
        return actors.start(row);
      case 'move':
        return actors.move(row, number);
      case 'context':
        return actors.remember(row);
      case 'stop':
        return actors.stop(row);
      case 'set':
        transfer.begin(row);
        return set.take(row);
      case 'download':
        if (!this.#isOwn(row)) return;
        this.#download = row;
        return transfer.begin(row);
      case 'version':
        if (this.#isOwn(row)) this.#version = row;
        return;
      case 'item':
        set.take(row);
        if (this.item === null && row.is !== 'begun' && !set.isLarge(row)) transfer.takeSmallFile(row);
        return;
      case 'dropped':
        this.#droppedRows += row.rows;
        return;
      case 'done':
        if (this.#isOwn(row) || row.item === undefined) this.#takeDone(row, sink);
        return;
      default:
        transfer.take(row, sink);
        serving.take(row, sink);
        return set.take(row);
    }
  }

  moment({t, rows, isLive, map, cut}: Sight): Moment | null {
    const header = this.#header;
    if (header === null) return null;
    const {actors, transfer, serving, set} = this.#parts;
    const end = this.#end ?? cut;
    const files = set.moment();
    const size = this.#version?.size ?? files?.bytes ?? null;
    return {
      t,
      rows,
      isLive,
      end,
      header,
      set: files,
      item: this.item,
      file: this.#file(),
      totals: this.#totals(t, size, end !== null),
      servers: transfer.fleet.moments(t),
      actors: actors.moments(),
      map: map ? this.#map() : null,
      serve: header.command === 'serve' ? serving.moment(t) : null,
      droppedRows: this.#droppedRows,
    };
  }

  /** A row of the very file, or set, that this is about. */
  #isOwn({item}: TraceRow): boolean {
    return (item ?? null) === this.item;
  }

  #takeHeader({command, fdl, startedAt, node, platform, cores}: RowOf<'trace'>): void {
    this.#header = {command, fdl, startedAt, node, platform, cores, machines: []};
  }

  #takeMachine({machine, hash}: RowOf<'machine'>): void {
    const header = this.#header;
    if (header === null || header.machines.some((it) => it.machine === machine)) return;
    this.#header = {...header, machines: [...header.machines, {machine, hash}]};
  }

  #takeDone(row: RowOf<'done'>, sink: LaneSink | null): void {
    this.#parts.transfer.finish(row.t, sink);
    const {t, how, code = null, message = null} = row;
    this.#end = {t, how, code, message};
  }

  #totals(t: number, size: number | null, isEnded: boolean): Totals {
    return this.#parts.transfer.totals(t, size, isEnded);
  }

  #file(): Moment['file'] {
    const download = this.#download;
    if (download === null) return null;
    const {file: name, output, blockBytes, fragmentBytes, limitBytesPerSecond} = download;
    const version = this.#version;
    return {
      name,
      output,
      blockBytes,
      fragmentBytes,
      limitBytesPerSecond,
      version: version && {
        root: version.root,
        sha256: version.sha256,
        size: version.size,
        fragments: version.fragments,
      },
    };
  }

  #map(): Moment['map'] {
    const version = this.#version;
    const download = this.#download;
    if (version === null || download === null) return null;
    // What the rows say of size and cut must fit: an array of any size is not made for anybody.
    const fragments = Math.ceil(version.size / download.fragmentBytes);
    const fits = fragments === version.fragments && fragments <= FRAGMENTS_SHOWN_MAX;
    return fits ? this.#parts.transfer.view(fragments, version.size, download.blockBytes) : null;
  }
}

/** 20 TB; the map of more than that is nothing that a page could show. */
const FRAGMENTS_SHOWN_MAX = 200_000;
