/** The trace of one server: rows from its machines, its library, its clients and their fetches. Decides nothing. */

import type {InspectionEvent} from 'xstate';
import {TRACE_LOAD_MS} from '../../limits.js';
import type {Address, Geometry} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
import type {RowOf} from '../../trace/rows.js';
import type {Clock} from '../clock.js';
import type {LibraryNotice} from '../server/library-events.js';
import type {SlotAnswer} from '../server/slots.js';
import {type FetchMessage, FetchWatch} from './fetch-watch.js';
import {doneRow, headerRow} from './header.js';
import {libraryRow} from './library-row.js';
import {MachineRows} from './machine-rows.js';
import {type OnTrace, Recorder} from './recorder.js';
import {traceText} from './redact.js';

export interface ServeTraceOptions {
  readonly clock: Clock;
  readonly onTrace: OnTrace;
  readonly folder: string;
  readonly maxTransfers: number;
  readonly limitBytesPerSecond: number | null;
  readonly inPlace: boolean;
  readonly geometry: Geometry;
}

/** Events of single fetches, and the looking at the folder every other second. */
const HIDDEN: ReadonlySet<string> = new Set(['fetch.received', 'fetch.ended', 'scan.finished']);
const isHidden = (type: string): boolean => HIDDEN.has(type) || type.startsWith('xstate.after.');

export class ServeTrace {
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #machines: MachineRows;
  readonly #sessions = new Set<number>();
  /** Payload since the last row about the load; null: nothing was sent for a while. */
  #load: {bytes: number; readonly timer: unknown} | null = null;
  #inUse = 0;

  constructor(options: ServeTraceOptions) {
    const {clock, onTrace, folder, maxTransfers, limitBytesPerSecond, inPlace, geometry} = options;
    this.#clock = clock;
    this.#recorder = new Recorder(clock, onTrace);
    this.#machines = new MachineRows(this.#recorder, {isHidden});
    this.#recorder.add(headerRow('serve'));
    const row = {folder: traceText(folder), maxTransfers, limitBytesPerSecond, inPlace, ...geometry};
    this.#recorder.add({t: 0, k: 'serve', ...row});
  }

  /** For xstate; `session`: the client that the machine is about. */
  inspector(session?: number): (event: InspectionEvent) => void {
    const about = session === undefined ? {} : {session};
    return (event) => this.#machines.inspect(event, () => about);
  }

  listening(addresses: readonly Address[]): void {
    for (const address of addresses)
      this.#recorder.add({t: this.#recorder.now(), k: 'listening', address: formatAddress(address)});
  }

  libraryNotice(notice: LibraryNotice): void {
    this.#recorder.add(libraryRow(this.#recorder, notice));
  }

  refused(reason: string): void {
    this.#recorder.add({t: this.#recorder.now(), k: 'refused', reason: traceText(reason)});
  }

  opened(session: number, peer: string): void {
    this.#sessions.add(session);
    this.#recorder.add({t: this.#recorder.now(), k: 'session', session, peer});
  }

  closed(session: number, summary: Pick<RowOf<'closed'>, 'reason' | 'bytes' | 'busyReplies'>): void {
    this.#sessions.delete(session);
    const {bytes, busyReplies} = summary;
    const reason = traceText(summary.reason);
    this.#recorder.add({t: this.#recorder.now(), k: 'closed', session, reason, bytes, busyReplies});
  }

  /** A client asked for a slot; `inUse` with the answer counted in. */
  slot(session: number, answer: SlotAnswer, inUse: number): void {
    this.#inUse = inUse;
    const granted = answer.kind === 'granted';
    const row: RowOf<'slot'> = {t: this.#recorder.now(), k: 'slot', session, granted, inUse};
    this.#recorder.add(granted ? row : {...row, retryAfterMs: answer.retryAfterMs});
  }

  /** A fetch has its turn; it arrived at this reading of the clock. */
  fetch(session: number, message: FetchMessage, arrivedMs: number): FetchWatch {
    return new FetchWatch({
      clock: this.#clock,
      recorder: this.#recorder,
      session,
      message,
      arrivedMs,
      onSent: (bytes) => this.#sent(bytes),
    });
  }

  drain(): void {
    this.#recorder.add({t: this.#recorder.now(), k: 'drain', sessions: this.#sessions.size});
  }

  /** The last rows. `error`: what the server failed with; null: it ended as asked. */
  end(error: unknown): void {
    if (this.#load !== null) {
      this.#clock.clearTimeout(this.#load.timer);
      this.#tellLoad(this.#load.bytes);
      this.#load = null;
    }
    this.#recorder.add(doneRow(this.#recorder, error));
  }

  #sent(bytes: number): void {
    this.#load ??= {bytes: 0, timer: this.#clock.setTimeout(() => this.#second(), TRACE_LOAD_MS)};
    this.#load.bytes += bytes;
  }

  #second(): void {
    const bytes = this.#load?.bytes ?? 0;
    this.#load = null;
    this.#tellLoad(bytes);
  }

  #tellLoad(bytes: number): void {
    const sessions = this.#sessions.size;
    this.#recorder.add({t: this.#recorder.now(), k: 'load', sessions, inUse: this.#inUse, bytes});
  }
}
