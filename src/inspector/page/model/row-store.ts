/** The rows of a trace as the bytes that they came in: ten times smaller than objects. Read back by number. */

import type {TraceRow} from '../../../trace/rows.js';
import {CHUNK_BYTES} from '../limits.js';
import {Column} from './columns.js';
import type {Batch} from './lines.js';

interface Chunk {
  readonly bytes: Uint8Array;
  used: number;
  readonly firstRow: number;
}

export class RowStore {
  readonly #decoder = new TextDecoder();
  readonly #chunks: Chunk[] = [];
  /** Where each row begins in its chunk. */
  readonly #offsets = new Column(Uint32Array);
  #bytes = 0;

  get rows(): number {
    return this.#offsets.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add({bytes, offsets}: Batch): void {
    if (offsets.length === 0) return;
    const chunk = this.#chunkFor(bytes.length);
    chunk.bytes.set(bytes, chunk.used);
    this.#offsets.pushAll(offsets, chunk.used);
    chunk.used += bytes.length;
    this.#bytes += bytes.length;
  }

  /** Rows `from` to `end`, the latter excluded. */
  read(from: number, end: number): TraceRow[] {
    const rows: TraceRow[] = [];
    for (const {text} of this.texts(from, end)) {
      for (const row of JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as TraceRow[])
        rows.push(row);
    }
    return rows;
  }

  /** The same as text, a chunk at a time; each row ends with a newline. */
  *texts(from: number, end: number): Generator<{readonly text: string; readonly row: number}> {
    const until = Math.min(end, this.rows);
    let row = Math.max(0, from);
    for (let index = this.#chunkOf(row); row < until; index++) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) return;
      const chunkEnd = this.#chunks[index + 1]?.firstRow ?? this.rows;
      const last = Math.min(until, chunkEnd);
      const endByte = last === chunkEnd ? chunk.used : this.#offsets.at(last);
      yield {text: this.#decoder.decode(chunk.bytes.subarray(this.#offsets.at(row), endByte)), row};
      row = last;
    }
  }

  /** One with room for so many bytes more. */
  #chunkFor(length: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + length <= last.bytes.length) return last;
    const made = {bytes: new Uint8Array(Math.max(CHUNK_BYTES, length)), used: 0, firstRow: this.rows};
    this.#chunks.push(made);
    return made;
  }

  #chunkOf(row: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.firstRow ?? 0) <= row) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
