/**
 * A whole trace: its rows, an index over them, and states at regular distances, so that any moment is found by reading
 * few rows again. Runs in the worker, and in tests. Pure but for what it remembers.
 */

import type {TraceRow} from '../../../trace/rows.js';
import {KEYFRAME_ROWS} from '../limits.js';
import {Directory} from './directory.js';
import {LaneRecords, type Window} from './lane-records.js';
import {Lines} from './lines.js';
import {Marks} from './marks.js';
import type {End, Moment} from './moment.js';
import type {Lanes, Mark, Position} from './queries.js';
import {RowIndex} from './row-index.js';
import {RowStore} from './row-store.js';
import {State} from './state.js';

/** One file of a set, or all there is. */
interface Track {
  readonly state: State;
  readonly lanes: LaneRecords;
  /** Rows that its last keyframe knows, and that keyframe: one that learnt nothing since is used again. */
  lastRow: number;
  kept: {readonly row: number; readonly state: State};
}

type Keyframe = ReadonlyMap<number | null, State>;

export interface Look {
  readonly at: Position;
  /** One file of a set; null: all. */
  readonly item: number | null;
  readonly map: boolean;
}

export class History {
  readonly directory = new Directory();
  readonly store = new RowStore();
  readonly index = new RowIndex();
  readonly #lines: Lines;
  readonly #marks = new Marks(this.directory);
  readonly #whole = trackOf(new State(null));
  readonly #tracks = new Map<number | null, Track>([[null, this.#whole]]);
  readonly #keyframes: Keyframe[] = [];
  /** Rows about nobody's file that every file of a set begins with. */
  readonly #common: TraceRow[] = [];
  /** The state that was looked at last, to go on from. */
  #cursor: {readonly item: number | null; readonly state: State; rows: number} | null = null;
  #command: 'download' | 'serve' = 'download';
  #startedAt: string | null = null;
  #isDone = false;
  #isOver = false;

  /** `onProblem`: told of each line that is no row. */
  constructor(onProblem: (line: number, what: string) => void) {
    this.#lines = new Lines(onProblem);
    this.#keep();
  }

  get rows(): number {
    return this.store.rows;
  }

  /** Time of the last row. */
  get endMs(): number {
    return this.index.timeOf(this.rows - 1);
  }

  get startedAt(): string | null {
    return this.#startedAt;
  }

  /** No row and no part of one has come. */
  get isEmpty(): boolean {
    return this.#lines.isEmpty;
  }

  /** The last row of all has come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The bytes stop in the middle of a line, or before the last row. Only after `end`. */
  get isCut(): boolean {
    return this.#isOver && (this.#lines.isCut || !this.#isDone);
  }

  /** Takes bytes of the trace as they come. Throws NoTrace when they are none. */
  push(bytes: Uint8Array): void {
    for (const batch of this.#lines.push(bytes)) {
      let row = this.store.rows;
      this.store.add(batch);
      for (const data of batch.rows) this.#take(data, row++);
    }
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true;
  }

  /** Rows up to a position. */
  rowsAt(at: Position): number {
    if (at.kind === 'live') return this.rows;
    return at.row === undefined ? this.index.countUpTo(at.t) : Math.min(this.rows, at.row + 1);
  }

  /** Null: not a single row is known by then. */
  moment({at, item, map}: Look): Moment | null {
    const rows = this.rowsAt(at);
    const state = this.#stateAt(rows, item);
    if (state === null) return null;
    const isEnd = rows === this.rows;
    const t = at.kind === 'live' ? this.endMs : at.t;
    const cut: End | null =
      isEnd && this.isCut ? {t: this.endMs, how: 'cut', code: null, message: null} : null;
    return state.moment({t, rows, isLive: at.kind === 'live' && !this.#isOver, map, cut});
  }

  lanes(window: Window, item: number | null): Lanes {
    const lanes = this.#tracks.get(item)?.lanes ?? new LaneRecords();
    return lanes.window(window, this.endMs, this.#command === 'serve' ? 'clients' : 'servers');
  }

  marks(item: number | null): readonly Mark[] {
    return this.#marks.of(item);
  }

  #take(row: TraceRow, number: number): void {
    if (row.k === 'trace') {
      this.#command = row.command;
      this.#startedAt = row.startedAt;
    }
    if (row.k === 'done' && row.item === undefined) this.#isDone = true;
    this.directory.take(row);
    this.index.add(row, this.directory.subjectOf(row));
    this.#marks.take(row, number);
    learn(this.#whole, row, number);
    if (row.item !== undefined || isCommon(row)) this.#takeForItems(row, number);
    if ((number + 1) % KEYFRAME_ROWS === 0) this.#keep();
  }

  /** The file that a row is about learns of it; of what is common, all of them. */
  #takeForItems(row: TraceRow, number: number): void {
    const {item} = row;
    if (item === undefined) {
      this.#common.push(row);
      for (const track of this.#tracks.values()) if (track !== this.#whole) learn(track, row, number);
      return;
    }
    let track = this.#tracks.get(item);
    if (track === undefined) {
      track = trackOf(new State(item));
      for (const [at, common] of this.#common.entries()) track.state.take(common, at, track.lanes);
      this.#tracks.set(item, track);
    }
    learn(track, row, number);
  }

  #keep(): void {
    const frame = new Map<number | null, State>();
    for (const [item, track] of this.#tracks) {
      if (track.kept.row !== track.lastRow) track.kept = {row: track.lastRow, state: track.state.clone()};
      frame.set(item, track.kept.state);
    }
    this.#keyframes.push(frame);
  }

  #stateAt(rows: number, item: number | null): State | null {
    if (rows === this.rows) return this.#tracks.get(item)?.state ?? null;
    const frameRows = Math.floor(rows / KEYFRAME_ROWS) * KEYFRAME_ROWS;
    let cursor = this.#cursor;
    if (cursor === null || cursor.item !== item || cursor.rows > rows || cursor.rows < frameRows) {
      cursor = {item, state: this.#keyframeOf(frameRows, item), rows: frameRows};
      this.#cursor = cursor;
    }
    let number = cursor.rows;
    for (const row of this.store.read(number, rows)) {
      if (item === null || row.item === item || (row.item === undefined && isCommon(row)))
        cursor.state.take(row, number, null);
      number++;
    }
    cursor.rows = rows;
    return cursor.state;
  }

  /** A copy of its own; of a file of which nothing is known yet: what is common up to there. */
  #keyframeOf(rows: number, item: number | null): State {
    const kept = this.#keyframes[rows / KEYFRAME_ROWS]?.get(item);
    if (kept !== undefined) return kept.clone();
    const state = new State(item);
    for (const [number, row] of this.#common.entries())
      if (row.t <= this.index.timeOf(rows)) state.take(row, number, null);
    return state;
  }
}

function learn(track: Track, row: TraceRow, number: number): void {
  track.state.take(row, number, track.lanes);
  track.lastRow = number;
}

function trackOf(state: State): Track {
  return {state, lanes: new LaneRecords(), lastRow: -1, kept: {row: -2, state}};
}

/** What is told once for all files of a set. */
function isCommon({k}: TraceRow): boolean {
  return k === 'trace' || k === 'machine' || k === 'address' || k === 'done';
}
