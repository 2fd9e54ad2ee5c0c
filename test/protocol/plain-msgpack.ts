/** A second, plain encoder of the msgpack that `fdl/1` uses, always in the shortest form: what vectors are held against. */

export function plainMsgpack(value: unknown): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return text(Buffer.from(value, 'utf8'));
  if (value instanceof Uint8Array) {
    return Buffer.concat([
      head(value.length, [
        [0xff, 0xc4, 1],
        [0xffff, 0xc5, 2],
        [0xffff_ffff, 0xc6, 4],
      ]),
      value,
    ]);
  }
  if (!Array.isArray(value)) throw new TypeError('not a value of fdl/1');
  const items = value.map(plainMsgpack);
  const start = items.length < 16 ? Buffer.of(0x90 | items.length) : head(items.length, [[0xffff, 0xdc, 2]]);
  return Buffer.concat([start, ...items]);
}

function text(bytes: Buffer): Buffer {
  const start =
    bytes.length < 32
      ? Buffer.of(0xa0 | bytes.length)
      : head(bytes.length, [
          [0xff, 0xd9, 1],
          [0xffff, 0xda, 2],
        ]);
  return Buffer.concat([start, bytes]);
}

function number(value: number): Buffer {
  if (!Number.isInteger(value) || value >= 2 ** 32 || value < -(2 ** 31)) {
    const float = Buffer.alloc(9, 0xcb);
    float.writeDoubleBE(value, 1);
    return float;
  }
  if (value >= 0) {
    if (value < 0x80) return Buffer.of(value);
    return head(value, [
      [0xff, 0xcc, 1],
      [0xffff, 0xcd, 2],
      [0xffff_ffff, 0xce, 4],
    ]);
  }
  if (value >= -32) return Buffer.of(0x100 + value);
  const width = value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4;
  const encoded = Buffer.alloc(1 + width, {1: 0xd0, 2: 0xd1, 4: 0xd2}[width]);
  encoded.writeIntBE(value, 1, width);
  return encoded;
}

/** The first of `forms` (largest number, head byte, width) that holds `value`. */
function head(value: number, forms: readonly (readonly [number, number, number])[]): Buffer {
  const form = forms.find(([most]) => value <= most);
  if (form === undefined) throw new RangeError('too large for fdl/1');
  const encoded = Buffer.alloc(1 + form[2], form[1]);
  encoded.writeUIntBE(value, 1, form[2]);
  return encoded;
}
