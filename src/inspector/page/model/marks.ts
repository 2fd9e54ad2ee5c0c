/** Moments worth jumping to, found as rows come in. Many of one kind close together are one. */

import type {RowOf, TraceRow} from '../../../trace/rows.js';
import type {Directory} from './directory.js';
import type {Mark} from './queries.js';

/** More are not kept: a scrubber has no room for them. */
const MARKS_MAX = 1_000;
/** Of one kind within this time: one mark. */
const TOGETHER_MS = 1_000;

type Draft = Mark & {readonly item: number | null; readonly servers: ReadonlySet<number>};

export class Marks {
  #marks: Draft[] = [];
  readonly #directory: Directory;
  /** Servers that are busy, or lost, now. */
  readonly #states = new Map<number, RowOf<'server'>['is']>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Of one file of a set with what is common; null: of all. */
  of(item: number | null): Mark[] {
    return this.#marks
      .filter((mark) => item === null || mark.item === null || mark.item === item)
      .map(({item: _, servers: __, ...mark}) => mark);
  }

  take(row: TraceRow, number: number): void {
    switch (row.k) {
      case 'version':
        return this.#add(row, number, 'version', null, 'the servers agreed on a version');
      case 'server':
        return this.#takeServer(row, number);
      case 'wrong':
        if (row.connection === null) this.#add(row, number, 'wrong', null, 'a block on disk was wrong');
        return;
      case 'disk':
        return this.#add(
          row,
          number,
          'disk',
          null,
          row.is === 'full' ? 'the disk is full' : 'the disk has room again',
        );
      case 'slot':
        if (!row.granted)
          this.#add(
            row,
            number,
            'busy',
            null,
            `all ${row.inUse} slots taken: ${this.#directory.peer(row.session)} was sent away`,
          );
        return;
      case 'refused':
        return this.#add(row, number, 'refused', null, `a connection failed: ${row.reason}`);
      case 'dropped':
        return this.#add(row, number, 'dropped', null, `${row.rows} rows are missing here`);
      case 'drain':
        return this.#add(row, number, 'end', null, 'the server began to end');
      case 'done': {
        const words = {complete: 'complete', stopped: 'stopped', failed: 'failed'}[row.how];
        return this.#add(
          row,
          number,
          'end',
          null,
          row.message === undefined ? words : `${words}: ${row.message}`,
        );
      }
    }
  }

  #takeServer(row: RowOf<'server'>, number: number): void {
    const before = this.#states.get(row.server);
    this.#states.set(row.server, row.is);
    if (before === row.is) return;
    const address = this.#directory.address(row.server);
    if (row.is === 'busy') this.#add(row, number, 'busy', row.server, `${address} is busy`);
    if (row.is === 'lost') this.#add(row, number, 'lost', row.server, `${address} is lost`);
    if (row.is === 'banned') this.#add(row, number, 'banned', row.server, `${address} is banned`);
  }

  #add(about: TraceRow, row: number, kind: Mark['kind'], server: number | null, text: string): void {
    const {t, item = null} = about;
    for (let index = this.#marks.length - 1; index >= 0; index--) {
      const last = this.#marks[index];
      if (last === undefined || t - last.t > TOGETHER_MS) break;
      if (last.kind !== kind || last.item !== item || kind === 'banned' || kind === 'end') continue;
      this.#marks[index] = joined(last, server);
      return;
    }
    if (this.#marks.length >= MARKS_MAX && kind !== 'end' && kind !== 'banned') return;
    this.#marks.push({t, row, kind, text, server, item, servers: new Set(server === null ? [] : [server])});
  }
}

function joined(mark: Draft, server: number | null): Draft {
  if (server === null || mark.servers.has(server)) return mark;
  const servers = new Set([...mark.servers, server]);
  return {...mark, servers, server: null, text: `${servers.size} servers are ${mark.kind}`};
}
