/** The trace of a set: rows about all of its files, and a part for each that is a download of its own. Decides nothing. */

import type {FilesTally, FileWatch} from '../../machines/set/file-rows.js';
import type {FileReport, Notice, ServerReport} from '../../report.js';
import type {RowOf} from '../../trace/rows.js';
import type {Workers} from '../../workers/pool.js';
import type {Outcome} from '../client/ask-all.js';
import type {Listed} from '../client/set/offers.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import {BundleTrace} from './bundle-trace.js';
import type {TracePart} from './download-trace.js';
import {doneRow, headerRow} from './header.js';
import {addressRows, type SetGiven, setRow} from './option-rows.js';
import {type OnTrace, Recorder} from './recorder.js';
import {traceText} from './redact.js';
import {SetServers} from './set-servers.js';
import {TimedWorkers} from './timed-work.js';

export interface SetTraceOptions extends SetGiven {
  readonly addresses: readonly string[];
  readonly clock: Clock;
  readonly workers: Workers;
  readonly slabs: Slabs;
  readonly diskWaitMs: number;
  readonly onTrace: OnTrace;
}

/** What a server has brought and cost, and all of them together. */
export interface SetFigures {
  readonly servers: readonly ServerReport[];
  readonly total: Omit<RowOf<'total'>, 't' | 'k' | 'item'>;
}

export class SetTrace implements FileWatch {
  readonly #options: SetTraceOptions;
  readonly #recorder: Recorder;
  readonly #servers: SetServers;

  constructor(options: SetTraceOptions) {
    const {clock, onTrace, addresses, servers} = options;
    this.#options = options;
    this.#recorder = new Recorder(clock, onTrace);
    this.#servers = new SetServers(this.#recorder, addresses);
    this.#recorder.add(headerRow('download'));
    this.#recorder.add(setRow(0, options));
    for (const row of addressRows(0, addresses, servers)) this.#recorder.add(row);
  }

  /** A server has said what it offers, or has not. */
  offered(server: number, outcome: Outcome<Listed>): void {
    const row = {t: this.#recorder.now(), k: 'offers', server} as const;
    if (outcome.kind === 'answered') {
      const {entries, hasBundles: bundles} = outcome.value;
      this.#recorder.add({...row, is: 'answered', files: entries.length, bundles});
      return this.#servers.enter(server, {is: 'open'});
    }
    const {code, message} = outcome.error;
    const is = code === 'protocol-violation' ? 'violated' : 'lost';
    this.#recorder.add({...row, is, reason: traceText(message)});
  }

  /** What is there already has ended by now. */
  chosen(
    {files, size: bytes, doneFiles: complete, failedFiles: failed}: FilesTally,
    small: number,
    large: number,
  ): void {
    this.#recorder.add({t: this.#recorder.now(), k: 'chosen', files, bytes, complete, failed, small, large});
  }

  /** A file is downloaded for itself from here on. */
  part(item: number, file: string, size: number | null): TracePart {
    const recorder = this.#recorder.forItem(item);
    recorder.add({t: recorder.now(), k: 'item', name: traceText(file), is: 'begun', size});
    return {recorder, serverOf: (address) => this.#servers.numberOf(address)};
  }

  ended(item: number, report: FileReport, resumedBytes: number, server: number | null): void {
    const {file, outcome, bytes: size, storedBytes, error} = report;
    this.#recorder.add({
      t: this.#recorder.now(),
      k: 'item',
      item,
      name: traceText(file),
      is: outcome === 'already-complete' ? 'complete' : outcome,
      size,
      ...(server !== null && {server}),
      storedBytes,
      resumedBytes,
      ...(error !== null && {code: error.code, message: traceText(error.message)}),
    });
  }

  /** What one download finds out about a server, and all others heed. */
  noticed(notice: Notice): void {
    this.#servers.noticed(notice, this.#options.clock.now());
  }

  /** Bundles are fetched from here on, until its `end`; their files go through its workers. */
  bundles(storing: () => number): {readonly watch: BundleTrace; readonly workers: Workers} {
    const workers = new TimedWorkers(this.#options.workers, this.#options.clock);
    const ports = {...this.#options, recorder: this.#recorder, servers: this.#servers, workers, storing};
    return {watch: new BundleTrace(ports), workers};
  }

  /** The last rows. `error`: what the set as a whole failed with; null: every file has ended. */
  end(error: unknown, {servers, total}: SetFigures): void {
    const t = this.#recorder.now();
    for (const [server, {bytes, blocks, busyReplies, errors}] of servers.entries())
      this.#recorder.add({t, k: 'sum', server, bytes, blocks, busyReplies, errors});
    this.#recorder.add({t, k: 'total', ...total});
    this.#recorder.add(doneRow(this.#recorder, error));
  }
}
