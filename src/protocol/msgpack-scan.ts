/**
 * Looks over a msgpack value before any decoder sees it. Decoders build RegExps, Sets, Errors and cycles from the wire,
 * recurse as deep as a peer likes, round large integers and mend broken text; what passes here leaves them no room.
 */

import {isUtf8} from 'node:buffer';
import {CONTROL_DEPTH_MAX} from '../limits.js';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Why `bytes` is not exactly one value of the msgpack that `fdl/1` uses (nil, booleans, integers of at most 32 bits,
 * float64, text, bytes, arrays); null when it is. Pure; allocates nothing that depends on the content.
 */
export function msgpackProblem(bytes: Uint8Array): string | null {
  const scan = new Scan(bytes);
  // Items still due at each open level; the outermost level is the frame, which holds one value.
  const due = [1];
  for (let depth = due.length - 1; depth >= 0; depth = due.length - 1) {
    const left = due[depth] ?? 0;
    if (left === 0) {
      due.pop();
      continue;
    }
    due[depth] = left - 1;
    const items = scan.next();
    if (scan.problem !== null) return scan.problem;
    if (items === null) continue;
    if (depth === CONTROL_DEPTH_MAX) return `arrays nested deeper than ${CONTROL_DEPTH_MAX}`;
    due.push(items);
  }
  return scan.isAtEnd ? null : 'bytes after the value';
}

/** A position in the bytes; `problem` is set once, and ends the scan. */
class Scan {
  problem: string | null = null;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Passes one head and, unless it is an array's, its content. The number of items of an array, else null. */
  next(): number | null {
    const head = this.#number(1);
    if (head < 0x80 || head >= 0xe0) return null;
    if (head < 0x90) return this.#refuse('a map');
    if (head < 0xa0) return this.#items(head & 0x0f);
    if (head < 0xc0) return this.#text(head & 0x1f);
    return this.#nextLong(head);
  }

  #nextLong(head: number): number | null {
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return null;
      case 0xc4:
        return this.#skip(this.#number(1));
      case 0xc5:
        return this.#skip(this.#number(2));
      case 0xc6:
        return this.#skip(this.#number(4));
      case 0xcb:
        return this.#skip(8);
      case 0xcc:
      case 0xd0:
        return this.#skip(1);
      case 0xcd:
      case 0xd1:
        return this.#skip(2);
      case 0xce:
      case 0xd2:
        return this.#skip(4);
      case 0xd9:
        return this.#text(this.#number(1));
      case 0xda:
        return this.#text(this.#number(2));
      case 0xdb:
        return this.#text(this.#number(4));
      case 0xdc:
        return this.#items(this.#number(2));
      case 0xdd:
        return this.#items(this.#number(4));
      default:
        return this.#refuse(FORBIDDEN.get(head) ?? 'an extension');
    }
  }

  #items(count: number): number | null {
    // Every item takes a byte at least, so a larger count is a lie that a decoder might allocate for.
    if (count > this.#bytes.length - this.#at) return this.#fail('an array longer than its frame');
    return count;
  }

  #text(length: number): null {
    const start = this.#at;
    this.#skip(length);
    if (this.problem !== null) return null;
    const text = this.#bytes.subarray(start, this.#at);
    if (!isUtf8(text)) return this.#fail('text that is not UTF-8');
    // Some decoders drop it, so that two different texts would become one.
    return BYTE_ORDER_MARK.every((byte, index) => text[index] === byte)
      ? this.#fail('text that starts with a byte order mark')
      : null;
  }

  #skip(length: number): null {
    if (length > this.#bytes.length - this.#at) return this.#fail('a value longer than its frame');
    this.#at += length;
    return null;
  }

  /** The next 1, 2 or 4 bytes; 0 when they are not there. */
  #number(width: 1 | 2 | 4): number {
    const at = this.#at;
    this.#skip(width);
    if (this.problem !== null) return 0;
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #refuse(what: string): null {
    return this.#fail(`${what}, which no message holds`);
  }

  #fail(problem: string): null {
    this.problem ??= problem;
    return null;
  }
}

/** Heads that are no extension and still refused. Integers beyond 32 bits travel as float64: decoders differ on these. */
const FORBIDDEN = new Map([
  [0xc1, 'the unused head 0xc1'],
  [0xca, 'a float32'],
  [0xcf, 'a uint64'],
  [0xd3, 'an int64'],
  [0xde, 'a map'],
  [0xdf, 'a map'],
]);
