/** What each server is to a set as a whole, as rows: one when that changes. */

import {REDIAL_MAX_MS} from '../../limits.js';
import type {Notice} from '../../report.js';
import type {RowOf} from '../../trace/rows.js';
import type {Recorder} from './recorder.js';
import {traceText} from './redact.js';
import {proofOf} from './server-row.js';

/** A state with what its row says beside it. */
type Entered = Omit<RowOf<'server'>, 't' | 'k' | 'item' | 'server' | 'busyReplies' | 'errors'>;

interface Server {
  is: Entered['is'];
  busyReplies: number;
  errors: number;
}

export class SetServers {
  readonly #recorder: Recorder;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #servers: readonly Server[];

  constructor(recorder: Recorder, addresses: readonly string[]) {
    this.#recorder = recorder;
    this.#numbers = new Map(addresses.map((address, server) => [address, server]));
    this.#servers = addresses.map(() => ({is: 'unasked', busyReplies: 0, errors: 0}));
  }

  /** The number of a server by its address. */
  numberOf(address: string): number {
    return this.#numbers.get(address) ?? 0;
  }

  /** Nothing is told when it is that already. */
  enter(server: number, state: Entered): void {
    if (this.#servers[server]?.is !== state.is) this.#tell(server, state);
  }

  /** A connection is opened: of a server that has one already, that says nothing new. */
  dialled(server: number): void {
    const is = this.#servers[server]?.is;
    if (is !== 'open' && is !== 'busy') this.enter(server, {is: 'connecting'});
  }

  /** It refused; `untilMs`: when it may be asked again. */
  busy(server: number, untilMs: number): void {
    const row = this.#servers[server];
    if (row !== undefined) row.busyReplies++;
    this.#tell(server, {is: 'busy', untilMs});
  }

  /** `retryAtMs`: reading of the clock at which it is dialled again; null: it is not. */
  lost(server: number, reason: string, retryAtMs: number | null): void {
    const row = this.#servers[server];
    if (row !== undefined) row.errors++;
    const untilMs = retryAtMs === null ? {} : {untilMs: this.#recorder.at(retryAtMs)};
    this.#tell(server, {is: 'lost', ...untilMs, reason: traceText(reason)});
  }

  /** What the download of one file finds out, and all others heed. */
  noticed(notice: Notice, atMs: number): void {
    switch (notice.kind) {
      case 'server-lost': {
        const untilMs = this.#recorder.at(atMs + REDIAL_MAX_MS);
        const reason = traceText(notice.reason);
        return this.enter(this.numberOf(notice.address), {is: 'lost', untilMs, reason});
      }
      case 'server-back':
        return this.enter(this.numberOf(notice.address), {is: 'open'});
      case 'server-banned':
        return this.enter(this.numberOf(notice.address), {is: 'banned', ...proofOf(notice.evidence)});
    }
  }

  #tell(server: number, state: Entered): void {
    const row = this.#servers[server];
    if (row === undefined || row.is === 'banned') return;
    row.is = state.is;
    const {busyReplies, errors} = row;
    this.#recorder.add({t: this.#recorder.now(), k: 'server', server, ...state, busyReplies, errors});
  }
}
