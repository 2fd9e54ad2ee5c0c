/**
 * Descriptions of wire values. Each field checks the same limits in both directions: when decoding, a peer's value;
 * when encoding, our own. What is wrong is thrown as FieldError, with our words only, never the value.
 */

import {DIGEST_BYTES, toHex} from './digests.js';

/** One value on the wire. `encode` is the inverse of `decode`. */
export interface Field<T> {
  decode(wire: unknown): T;
  encode(value: T): unknown;
}

/** Consecutive items of an array, seen as the properties of an object. */
export interface Layout<T> {
  readonly width: number;
  decode(items: readonly unknown[]): T;
  encode(value: T): unknown[];
}

/** A value breaks its limits. The codec turns it into what its direction calls for. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

const UINT32_MAX = 0xffff_ffff;
/** What no text may hold: lone surrogates are no UTF-8, and some decoders drop a byte order mark at the start. */
const NOT_TEXT = /\p{Surrogate}|^\ufeff/u;

/** A whole number from `min` to `max`; both are safe integers. */
export function integer(min: number, max: number): Field<number> {
  const check = (value: unknown): number => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new FieldError(`is not a whole number from ${min} to ${max}`);
    }
    return value === 0 ? 0 : value; // -0 is 0
  };
  return {decode: check, encode: check};
}

/** A whole number of 32 bits. */
export const uint32 = integer(0, UINT32_MAX);

export const boolean: Field<boolean> = same(
  (value): value is boolean => typeof value === 'boolean',
  'is not a boolean',
);

/** Text of `min` to `max` bytes in UTF-8. */
export function text(min: number, max: number): Field<string> {
  const fits = (value: unknown): value is string => {
    if (typeof value !== 'string' || value.length > max || NOT_TEXT.test(value)) return false;
    const length = Buffer.byteLength(value);
    return length >= min && length <= max;
  };
  return same(fits, `is not text of ${range(min, max)} bytes`);
}

/** Text for people: what is too long is cut when it is sent, and a violation when it is received. */
export function prose(max: number): Field<string> {
  const bounded = text(0, max);
  return {decode: bounded.decode, encode: (value) => bounded.encode(cut(value, max))};
}

/** One of a closed set of words. */
export function oneOf<T extends string>(words: readonly T[]): Field<T> {
  return same((value): value is T => words.some((word) => word === value), 'is none of the known words');
}

/** `min` to `max` bytes, a whole multiple of `unit`. Decoded into memory of their own. */
export function bytes(min: number, max: number, unit = 1): Field<Uint8Array> {
  const check = (value: unknown): Uint8Array => {
    if (
      !(value instanceof Uint8Array) ||
      value.length < min ||
      value.length > max ||
      value.length % unit !== 0
    ) {
      throw new FieldError(`is not ${range(min, max)} bytes${unit === 1 ? '' : ` in units of ${unit}`}`);
    }
    return value;
  };
  return {decode: (wire) => new Uint8Array(check(wire)), encode: check};
}

/** Exactly `length` bytes, which are lower-case hex outside the wire. */
export function hex(length: number): Field<string> {
  const raw = bytes(length, length);
  const pattern = new RegExp(`^[0-9a-f]{${2 * length}}$`);
  return {
    decode: (wire) => toHex(raw.decode(wire)),
    encode: (value) => {
      if (!pattern.test(value)) throw new FieldError(`is not ${2 * length} lower-case hex digits`);
      return Buffer.from(value, 'hex');
    },
  };
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    decode: (wire) => (wire === null ? null : field.decode(wire)),
    encode: (value) => (value === null ? null : field.encode(value)),
  };
}

/** At most `max` values of one kind. */
export function listOf<T>(field: Field<T>, max: number): Field<readonly T[]> {
  const check = (value: unknown): readonly unknown[] => {
    if (!Array.isArray(value) || value.length > max) throw new FieldError(`is not a list of at most ${max}`);
    return value;
  };
  return {
    decode: (wire) => check(wire).map((item) => field.decode(item)),
    encode: (values) => {
      check(values);
      return values.map((value) => field.encode(value));
    },
  };
}

/** The properties of `T`, on the wire in the order written here. `problem` looks at what several fields say together. */
export function layout<T extends object>(
  fields: {readonly [K in keyof T]-?: Field<T[K]>},
  problem: (value: T) => string | null = () => null,
): Layout<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const check = (value: T): void => {
    const found = problem(value);
    if (found !== null) throw new FieldError(found);
  };
  return {
    width: names.length,
    decode: (items) => {
      const value: Partial<T> = {};
      for (const [index, name] of names.entries()) {
        value[name] = named(name, () => fields[name].decode(items[index]));
      }
      check(value as T);
      return value as T;
    },
    encode: (value) => {
      check(value);
      return names.map((name) => named(name, () => fields[name].encode(value[name])));
    },
  };
}

/** The properties of the object `name` as if they were the properties of the one that holds it. */
export function inlined<K extends string, T>(name: K, inner: Layout<T>): Layout<{readonly [P in K]: T}> {
  return {
    width: inner.width,
    decode: (items) => ({[name]: inner.decode(items)}) as {readonly [P in K]: T},
    encode: (value) => inner.encode(value[name]),
  };
}

/** An array of exactly the items of a layout. */
export function tuple<T>(inner: Layout<T>): Field<T> {
  return {
    decode: (wire) => inner.decode(itemsOf(wire, inner.width, inner.width)),
    encode: (value) => inner.encode(value),
  };
}

/** The items of an array of `min` to `max` items. */
export function itemsOf(wire: unknown, min: number, max: number): readonly unknown[] {
  if (!Array.isArray(wire)) throw new FieldError('is not an array');
  if (wire.length < min || wire.length > max) throw new FieldError(`has ${wire.length} items`);
  return wire;
}

/** An array that starts with its `kind`, which says what follows. The kinds are closed. */
export function variants<T extends {readonly kind: string}>(
  kinds: {
    readonly [K in T['kind']]: Layout<Omit<Extract<T, {readonly kind: K}>, 'kind'>>;
  },
): Field<T> {
  const layouts = new Map<unknown, Layout<object>>(Object.entries<Layout<object>>(kinds));
  const layoutOf = (kind: unknown): Layout<object> => {
    const found = layouts.get(kind);
    if (found === undefined) throw new FieldError('is of no known kind');
    return found;
  };
  return {
    decode: (wire) => {
      const [kind, ...items] = itemsOf(wire, 1, Number.POSITIVE_INFINITY);
      const inner = layoutOf(kind);
      return {kind, ...inner.decode(itemsOf(items, inner.width, inner.width))} as T;
    },
    encode: (value) => [value.kind, ...layoutOf(value.kind).encode(value)],
  };
}

/** A digest: 32 bytes on the wire, hex outside. */
export const digest: Field<string> = hex(DIGEST_BYTES);

function same<T>(fits: (value: unknown) => value is T, problem: string): Field<T> {
  const check = (value: unknown): T => {
    if (!fits(value)) throw new FieldError(problem);
    return value;
  };
  return {decode: check, encode: check};
}

function range(min: number, max: number): string {
  return min === max ? `${min}` : `${min} to ${max}`;
}

/** Runs `act`; what it finds wrong is told with the field's name before it. */
function named<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FieldError) throw new FieldError(`${name} ${error.message}`);
    throw error;
  }
}

/** The longest beginning of `value` that is valid text of at most `max` bytes and ends between two characters. */
function cut(value: string, max: number): string {
  const encoded = Buffer.from(value.replace(/^\ufeff+/, '')); // lone surrogates become U+FFFD here
  let end = Math.min(encoded.length, max);
  while (end > 0 && end < encoded.length && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
}
