/** Why a download, or a set of several, took as long as it did, computed from the rows of its trace. Pure. */

import {CauseClock, type Causes, WHOLE} from './causes.js';
import {type FilesTime, FileTimes} from './file-times.js';
import type {RowOf, TraceRow} from './rows.js';
import {type ServerTime, ServerTimes} from './server-times.js';

export interface TraceReport {
  /** Its name; of a set what was asked for, with blanks between. */
  readonly file: string;
  /** Of a set; null: it was one file. */
  readonly files: FilesTime | null;
  readonly how: RowOf<'done'>['how'] | 'unknown';
  /** From the start to the last row, and its parts: until the first request, transfer, and what came after it. */
  readonly totalMs: number;
  readonly planningMs: number;
  readonly transferMs: number;
  readonly finishingMs: number;
  readonly storedBytes: number;
  readonly resumedBytes: number;
  /** Parts of `transferMs`. */
  readonly causes: Readonly<Causes>;
  readonly servers: readonly ServerTime[];
  /** The last twentieth of what was stored; null: too little for that. */
  readonly tail: {readonly ms: number; readonly evenMs: number; readonly lastFrom: string | null} | null;
  /** Received in vain in all, and of that: whole second copies, and blocks that were wrong. */
  readonly wastedBytes: number;
  readonly secondCopyBytes: number;
  readonly wrongBlocks: number;
  readonly steals: number;
  readonly hedges: number;
  /** Rows that are missing: the figures are too small then. */
  readonly droppedRows: number;
}

const TAIL_SHARE = 0.05;

export class ReportBuilder {
  readonly #servers = new ServerTimes();
  readonly #causes = new CauseClock();
  readonly #files = new FileTimes();
  /** When each block was stored, and from where: the tail is known only at the end. */
  readonly #stored: {readonly t: number; readonly bytes: number; readonly server: number | null}[] = [];
  /** What was asked for. */
  #file = '';
  #isSet = false;
  #how: TraceReport['how'] = 'unknown';
  #lastMs = 0;
  #lastStoredMs: number | null = null;
  #secondCopyBytes = 0;
  #wrongBlocks = 0;
  #steals = 0;
  #hedges = 0;
  #droppedRows = 0;

  /** Learns one row; they must come in their order. */
  take(row: TraceRow): void {
    this.#lastMs = row.t;
    this.#servers.take(row);
    if (this.#isSet) this.#files.take(row);
    const source = row.item ?? WHOLE;
    switch (row.k) {
      case 'set':
        return this.#takeSet(row);
      case 'download':
        this.#causes.begin(source, row.t);
        if (this.#isSet) return;
        this.#file = row.file;
        return this.#causes.limit(row.limitBytesPerSecond);
      case 'fetch':
      case 'bundle':
        this.#causes.asked(source, row);
        if (row.hedge) this.#hedges++;
        return;
      case 'steal':
        this.#steals++;
        return;
      case 'block':
        if (row.wasted === true) this.#secondCopyBytes += row.bytes;
        return;
      case 'bundled':
        this.#secondCopyBytes += row.wastedBytes ?? 0;
        return;
      case 'item':
        return this.#takeItem(row, source);
      case 'stored':
        if (row.connection !== null) this.#takeStored(row, this.#servers.serverOf(row.connection));
        return;
      case 'wrong':
        if (row.connection !== null) this.#wrongBlocks++;
        return;
      case 'server':
        if (row.proof === 'wrong-file') this.#wrongBlocks++;
        return;
      case 'disk':
        return this.#causes.disk(source, row.is, row.t);
      case 'tick':
        return this.#causes.tick(source, row, this.#servers.hasBusy);
      case 'dropped':
        this.#droppedRows += row.rows;
        return;
      case 'done':
        this.#how = row.how;
        return;
    }
  }

  end(): TraceReport {
    const firstMs = this.#causes.firstMs ?? this.#lastMs;
    const endMs = Math.max(
      firstMs,
      this.#lastStoredMs ?? (this.#how === 'complete' ? firstMs : this.#lastMs),
    );
    const {storedBytes, resumedBytes, receivedBytes} = this.#servers;
    const transferMs = endMs - firstMs;
    return {
      file: this.#file,
      files: this.#isSet ? this.#files.end(this.#lastMs) : null,
      how: this.#how,
      totalMs: this.#lastMs,
      planningMs: firstMs,
      transferMs,
      finishingMs: this.#lastMs - endMs,
      storedBytes,
      resumedBytes,
      causes: this.#causes.scaledTo(transferMs),
      servers: this.#servers.end(transferMs === 0 ? 0 : (storedBytes / transferMs) * 1_000),
      tail: this.#tail(storedBytes, firstMs),
      wastedBytes: receivedBytes - storedBytes,
      secondCopyBytes: this.#secondCopyBytes,
      wrongBlocks: this.#wrongBlocks,
      steals: this.#steals,
      hedges: this.#hedges,
      droppedRows: this.#droppedRows,
    };
  }

  #takeSet({wanted, words, all, limitBytesPerSecond}: RowOf<'set'>): void {
    this.#isSet = true;
    const more = words > wanted.length ? ['…'] : [];
    this.#file = [...wanted, ...more, ...(all ? ['--all'] : [])].join(' ');
    this.#causes.limit(limitBytesPerSecond);
  }

  #takeItem({t, is, server, storedBytes = 0}: RowOf<'item'>, source: number): void {
    if (is === 'begun') return this.#causes.begin(source, t);
    this.#causes.end(source);
    if (server !== undefined && storedBytes > 0) this.#takeStored({t, bytes: storedBytes}, server);
  }

  #takeStored({t, bytes}: {readonly t: number; readonly bytes: number}, server: number | null): void {
    this.#lastStoredMs = t;
    this.#stored.push({t, bytes, server});
  }

  #tail(storedBytes: number, firstMs: number): TraceReport['tail'] {
    const last = this.#stored.at(-1);
    if (last === undefined || this.#stored.length < 1 / TAIL_SHARE) return null;
    let sum = 0;
    let fromMs = firstMs;
    for (const {t, bytes} of this.#stored) {
      sum += bytes;
      fromMs = t;
      if (sum >= storedBytes * (1 - TAIL_SHARE)) break;
    }
    const evenMs = (fromMs - firstMs) * (TAIL_SHARE / (1 - TAIL_SHARE));
    return {ms: last.t - fromMs, evenMs, lastFrom: this.#servers.addressOf(last.server ?? -1)};
  }
}
