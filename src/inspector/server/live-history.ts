/**
 * What has happened, as text for pages that look on: rows go in, pieces of a stream come out, addressed by the number of
 * a row since the beginning. Memory is bounded: the older half is condensed, piece by piece. A piece that was condensed
 * stands for the same rows as before and leads to the same, so whoever stands before it or behind it goes on as if
 * nothing were; only who stands in the middle of one has to begin anew.
 *
 * Lines are kept as the stream of events wants them (`data:{…}`): they go to any number of sockets as they are.
 */

import {INSPECT_CHUNK_BYTES, INSPECT_FLUSH_BYTES_MAX, INSPECT_HISTORY_BYTES_MAX} from '../../limits.js';
import {lineOf} from '../../trace/line.js';
import type {TraceRow} from '../../trace/rows.js';
import {condense} from './condense.js';

/** Rows `first` to `end - 1`; whole lines. */
interface Chunk {
  readonly first: number;
  end: number;
  bytes: Buffer;
  isCondensed: boolean;
}

/** What comes next for somebody: text and the number of the row behind it; `behind`: forget all, and ask from 0. */
export type Piece =
  | {readonly kind: 'rows'; readonly bytes: readonly Buffer[]; readonly next: number}
  | {readonly kind: 'nothing'}
  | {readonly kind: 'behind'};

export interface HistoryLimits {
  readonly historyBytes: number;
  readonly chunkBytes: number;
  readonly pieceBytes: number;
}

const LIMITS: HistoryLimits = {
  historyBytes: INSPECT_HISTORY_BYTES_MAX,
  chunkBytes: INSPECT_CHUNK_BYTES,
  pieceBytes: INSPECT_FLUSH_BYTES_MAX,
};

const PREFIX = 'data:';
const NEWLINE = 10;
/** Pieces condensed for each one that is filled: more than come, so that the bound is kept. */
const JOBS_PER_CHUNK = 3;
/** Two condensed chunks are put together while they are not longer than so many new ones. */
const CHUNKS_JOINED_MAX = 2;

export class LiveHistory {
  readonly #limits: HistoryLimits;
  /** Filled, in order; condensed ones first. */
  readonly #chunks: Chunk[] = [];
  #condensed = 0;
  #chunkBytes = 0;
  #rawBytes = 0;
  /** Where the next two condensed pieces are put together. */
  #sweep = 0;
  /** The piece being filled. */
  #open = '';
  #openFirst = 0;
  #end = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** The number that the next row gets. */
  get end(): number {
    return this.#end;
  }

  /** What is held. */
  get bytes(): number {
    return this.#chunkBytes + this.#open.length;
  }

  add(row: TraceRow): void {
    this.#open += PREFIX + lineOf(row);
    this.#end++;
    if (this.#open.length >= this.#limits.chunkBytes) this.#seal();
  }

  /** What follows for whoever has the rows before number `from`. */
  after(from: number): Piece {
    if (from === this.#end) return {kind: 'nothing'};
    if (from > this.#end || from < 0) return {kind: 'behind'};
    // What is asked for next may lie in the piece being filled: it is made a piece like the others for that.
    if (from >= this.#openFirst) return this.#fromOpen(from);
    const index = this.#indexOf(from);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return {kind: 'behind'};
    if (from === chunk.first) return this.#whole(index);
    if (chunk.isCondensed) return {kind: 'behind'};
    const bytes = chunk.bytes.subarray(offsetOf(chunk.bytes, from - chunk.first));
    return {kind: 'rows', bytes: [bytes], next: chunk.end};
  }

  #fromOpen(from: number): Piece {
    const bytes = Buffer.from(this.#open, 'latin1');
    return {
      kind: 'rows',
      bytes: [bytes.subarray(offsetOf(bytes, from - this.#openFirst))],
      next: this.#end,
    };
  }

  /** As many whole chunks as fit into one piece, and at least one. */
  #whole(index: number): Piece {
    const bytes: Buffer[] = [];
    let length = 0;
    let next = 0;
    for (let at = index; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) break;
      length += chunk.bytes.length;
      if (bytes.length > 0 && length > this.#limits.pieceBytes) break;
      bytes.push(chunk.bytes);
      next = chunk.end;
    }
    return {kind: 'rows', bytes, next};
  }

  /** The chunk that has this row. */
  #indexOf(row: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#chunks[middle]?.first ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #seal(): void {
    const bytes = Buffer.from(this.#open, 'latin1');
    this.#chunks.push({first: this.#openFirst, end: this.#end, bytes, isCondensed: false});
    this.#chunkBytes += bytes.length;
    this.#rawBytes += bytes.length;
    this.#open = '';
    this.#openFirst = this.#end;
    for (let job = 0; job < JOBS_PER_CHUNK && this.#chunkBytes > this.#limits.historyBytes; job++)
      this.#shrink();
  }

  /** The newer half stays as it was while there is anything else to condense. */
  #shrink(): void {
    if (this.#rawBytes > this.#limits.historyBytes / 2) return this.#condenseOldest();
    if (this.#condensed < 2) return;
    if (this.#sweep > this.#condensed - 2) this.#sweep = 0;
    this.#join(this.#sweep++);
  }

  #condenseOldest(): void {
    const chunk = this.#chunks[this.#condensed];
    if (chunk === undefined) return;
    this.#condensed++;
    this.#rawBytes -= chunk.bytes.length;
    this.#chunkBytes -= chunk.bytes.length;
    chunk.bytes = condensedBytes([chunk.bytes]);
    chunk.isCondensed = true;
    this.#chunkBytes += chunk.bytes.length;
  }

  /**
   * Puts two condensed chunks that stand side by side together, while that is the work of a few milliseconds. What is left
   * when all are that large (who brought which block, how each file of a set ended) is little beside what it is about.
   */
  #join(index: number): void {
    const [a, b] = this.#chunks.slice(index, index + 2);
    if (a === undefined || b === undefined) return;
    if (a.bytes.length + b.bytes.length > CHUNKS_JOINED_MAX * this.#limits.chunkBytes) return;
    const bytes = condensedBytes([a.bytes, b.bytes]);
    this.#chunkBytes += bytes.length - a.bytes.length - b.bytes.length;
    this.#chunks.splice(index, 2, {first: a.first, end: b.end, bytes, isCondensed: true});
    this.#condensed--;
  }
}

function condensedBytes(chunks: readonly Buffer[]): Buffer {
  const rows = chunks.flatMap((bytes) =>
    bytes
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line.slice(PREFIX.length)) as TraceRow),
  );
  return Buffer.from(
    condense(rows)
      .map((row) => PREFIX + lineOf(row))
      .join(''),
    'latin1',
  );
}

/** Where the line with this number begins. */
function offsetOf(bytes: Buffer, line: number): number {
  let offset = 0;
  for (let passed = 0; passed < line; passed++) offset = bytes.indexOf(NEWLINE, offset) + 1;
  return offset;
}
