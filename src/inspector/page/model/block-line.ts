/**
 * The counterpart of the quick way in `trace/line.ts`: of a long trace nine rows in ten are `block` and `stored`, and read
 * from their bytes they cost a quarter of what JSON.parse and the checks of each field take. Pure.
 */

import type {RowOf} from '../../../trace/rows.js';

export type BlockRow = RowOf<'block'> | RowOf<'stored'>;

const TIME = asciiOf('{"t":');
const BLOCK = asciiOf(',"k":"block",');
const STORED = asciiOf(',"k":"stored",');
const ITEM = asciiOf('"item":');
const CONNECTION = asciiOf('"connection":');
const NULL = asciiOf('null');
const FRAGMENT = asciiOf(',"fragment":');
const INDEX = asciiOf(',"block":');
const BYTES = asciiOf(',"bytes":');
const END = asciiOf('}\n');

const ZERO = 0x30;
const POINT = 0x2e;
const COMMA = 0x2c;
/** A number of so many digits is exact, and so is a power of ten that is as long. */
const DIGITS_MAX = 15;
const TENS = Array.from({length: DIGITS_MAX + 1}, (_, digits) => 10 ** digits);

export class BlockLines {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Where the row that was read ends, its newline included. */
  get end(): number {
    return this.#at;
  }

  /**
   * The row of a line that is what `lineOf` writes of a `block` that was wanted, or of a `stored`, to the byte: it is what
   * JSON.parse gives, and nothing is wrong with it. Null: another line, which says nothing against it.
   */
  read(bytes: Uint8Array, from: number): BlockRow | null {
    this.#bytes = bytes;
    this.#at = from;
    if (!this.#passes(TIME)) return null;
    const t = this.#number();
    const isStored = this.#passes(STORED);
    if (!isStored && !this.#passes(BLOCK)) return null;
    const item = this.#item();
    if (!this.#passes(CONNECTION)) return null;
    const connection = isStored && this.#passes(NULL) ? null : this.#whole();
    const fragment = this.#passes(FRAGMENT) ? this.#whole() : -1;
    const block = this.#passes(INDEX) ? this.#whole() : -1;
    const length = this.#passes(BYTES) ? this.#whole() : -1;
    if (!this.#passes(END)) return null;
    if (t < 0 || item === -1 || connection === -1 || fragment < 0 || block < 0 || length < 0) return null;
    return rowOf(isStored, t, item, connection, fragment, block, length);
  }

  /** Undefined: there is none; -1: there is none that is right. */
  #item(): number | undefined {
    if (!this.#passes(ITEM)) return undefined;
    const item = this.#whole();
    if (this.#bytes[this.#at] !== COMMA) return -1;
    this.#at++;
    return item;
  }

  /** Goes behind these characters, if they come next. */
  #passes(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < expected.length; index++)
      if (bytes[at + index] !== expected[index]) return false;
    this.#at = at + expected.length;
    return true;
  }

  /** With decimals or without; the quotient of two exact numbers is rounded as JSON's is. -1: none. */
  #number(): number {
    const whole = this.#whole();
    if (whole < 0 || this.#bytes[this.#at] !== POINT) return whole;
    const from = ++this.#at;
    let value = whole;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) value = value * 10 + digit;
    const digits = this.#at - from;
    const divisor = TENS[digits];
    return digits === 0 || divisor === undefined || value > Number.MAX_SAFE_INTEGER ? -1 : value / divisor;
  }

  /** A whole number as JSON writes it; -1: none. */
  #whole(): number {
    const from = this.#at;
    let value = this.#digit();
    for (let digit = value < 0 ? -1 : this.#digit(); digit >= 0; digit = this.#digit())
      value = value * 10 + digit;
    const digits = this.#at - from;
    // JSON has no zeros in front.
    return digits > DIGITS_MAX || (digits > 1 && this.#bytes[from] === ZERO) ? -1 : value;
  }

  /** -1, and stays: no digit comes next. */
  #digit(): number {
    const digit = (this.#bytes[this.#at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    this.#at++;
    return digit;
  }
}

/** Literals, so that all rows of a kind are of one shape: a copied part would cost as much as the reading. */
function rowOf(
  isStored: boolean,
  t: number,
  item: number | undefined,
  connection: number | null,
  fragment: number,
  block: number,
  bytes: number,
): BlockRow {
  if (isStored) {
    if (item === undefined) return {t, k: 'stored', connection, fragment, block, bytes};
    return {t, k: 'stored', item, connection, fragment, block, bytes};
  }
  const sender = connection ?? -1;
  if (item === undefined) return {t, k: 'block', connection: sender, fragment, block, bytes};
  return {t, k: 'block', item, connection: sender, fragment, block, bytes};
}

function asciiOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
