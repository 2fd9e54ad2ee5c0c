/** Fixed hostile frames: what has killed decoders before, and the edges of our own limits. */

import type {BombVectors, Parts} from './vectors.js';

const NIL_DIGEST = `c420${'00'.repeat(32)}`;
/** An extension with one byte of content, in a message's array. */
const extension = (type: string): string => `91d4${type}00`;

export const HOSTILE: BombVectors = {
  payloads: [
    payload('nothing but a cut array', '91'),
    payload('72 KB of nested array16', part('dcffff', 24_000)),
    payload('64 KiB of nested array16', part('dcffff', 21_845)),
    payload('1 MiB of nested arrays', part('91', 1_048_576)),
    payload('64 KiB of nested arrays', part('91', 65_536)),
    payload('nested arrays, complete, deeper than 8', part('91', 9), part('c0', 1)),
    payload('nested maps', part('81', 65_536)),
    payload('array32 of 2^32-1', 'ddffffffff'),
    payload('array32 of 20 million', 'dd01312d00'),
    payload('array16 of 65535 with one item', 'dcffff00'),
    payload('two arrays that together are longer than the frame', '92dc000500dc0005000000'),
    payload('map32 of 2^32-1', 'dfffffffff'),
    payload('map16', '91de000100c0'),
    payload('map with the key __proto__', `9181a9${hex('__proto__')}90`),
    payload('map with the key constructor', `9181ab${hex('constructor')}90`),
    payload('map with a key twice', '9182a16101a16102'),
    payload('map with map keys', '9181818100000000'),
    payload('str32 of 2^32-1', '91dbffffffff'),
    payload('str8 longer than the frame', '91d9ff61'),
    payload('bin32 of 2^32-1', '91c6ffffffff'),
    payload('bin8 longer than the frame', '91c42000'),
    payload('ext32 of 2^32-1', '91c9ffffffff01'),
    payload('ext8', '91c7010100'),
    payload('ext16', '91c800010100'),
    payload('timestamp', '91d6ff00000000'),
    payload('long timestamp', `91d7ff${'ff'.repeat(8)}`),
    ...['65', '69', '70', '72', '73', '74', '78', '00', '42', '62', '7f', '80'].map((type) =>
      payload(`fixext1 of type 0x${type}`, extension(type)),
    ),
    payload('Error', `91c70b65${hex('x').repeat(11)}`),
    payload('a cycle', 'd6690000000191d67000000001'),
    payload('a cycle inside a message', '91d6690000000191d67000000001'),
    payload('a slow RegExp', `91d4780092a6${hex('(a+)+$')}a167`),
    payload('Set', '91d4730093010203'),
    payload('record definition', `91d4724092a161a162010240`),
    payload('typed array', '91c7057400000000ff'),
    payload('the unused head', '91c1'),
    payload('float32', '91ca3f800000'),
    payload('uint64', '91cf0000000000000001'),
    payload('uint64 beyond 2^53', '91cfffffffffffffffff'),
    payload('int64', '91d3ffffffffffffffff'),
    payload('two values', '9090'),
    payload('bytes after the value', '9000'),
    payload('no array', 'c0'),
    payload('a lone surrogate', '91a3eda080'),
    payload('an overlong slash', '91a2c0af'),
    payload('a cut character', '91a1c3'),
    payload('text beyond U+10FFFF', '91a4f4908080'),
    payload('a byte order mark', '91a4efbbbf61'),
    payload('65,533 items', part('dcfffd', 1), part('c0', 65_533)),
  ],
  messages: [
    message('NaN as a version', 'hello', '94cb7ff80000000000000190c0'),
    message('infinity as a version', 'hello', '9401cb7ff000000000000090c0'),
    message('a fraction as a version', 'hello', '9401cb3ff800000000000090c0'),
    message('version 0', 'hello', '94000190c0'),
    message('versions that are none', 'hello', '94020190c0'),
    message('a field of the future, nested deeper than 8', 'hello', '95010190c0919191919191919190'),
    message('an extension in a field of the future', 'hello', '95010190c0d4780090'),
    message('a field too few', 'hello', '93010190'),
    message('33 features', 'hello', `940101dc0021${'a161'.repeat(33)}c0`),
    message('an empty feature', 'hello', '94010191a0c0'),
    message('a feature of 65 bytes', 'hello', `94010191d941${'61'.repeat(65)}c0`),
    message('credentials as text', 'hello', '94010190a161'),
    message('a field too many', 'manifest', '92a16100'),
    message('a name that is bytes', 'manifest', '91c40161'),
    message('a name of 1,025 bytes', 'manifest', {hex: '91da0401', times: 1}, part('61', 1_025)),
    message('a page of no digests', 'digests', `93${NIL_DIGEST}0100`),
    message('a page of 1,025 digests', 'digests', `93${NIL_DIGEST}01cd0401`),
    message('fragment 0', 'digests', `93${NIL_DIGEST}0001`),
    message('fragment 1,048,577', 'digests', `93${NIL_DIGEST}ce0010000101`),
    message('a negative fragment', 'blockDigests', `92${NIL_DIGEST}ff`),
    message('a root of 31 bytes', 'blockDigests', `92c41f${'00'.repeat(31)}01`),
    message('a root as text', 'blockDigests', `92d940${'30'.repeat(64)}01`),
    message('17 blocks', 'fetch', `95a161${NIL_DIGEST}010011`),
    message('no blocks', 'fetch', `95a161${NIL_DIGEST}010000`),
    message('a fragment two beyond the last possible', 'fetch', `95a161${NIL_DIGEST}ce001000020001`),
    message('a block beyond 2^53', 'fetch', `95a161${NIL_DIGEST}01cb434000000000000001`),
    message('a field in a ping', 'ping', '91c0'),
    message('a bundle of nothing', 'bundle', '9190'),
    message('a bundle of 257 files', 'bundle', {hex: '91dc0101', times: 1}, part(`92a161${NIL_DIGEST}`, 257)),
    message('a bundle whose file has no root', 'bundle', '919191a161'),
    message('a bundle whose file has more than name and root', 'bundle', `919193a161${NIL_DIGEST}00`),
    message('an entry too short', 'listing', `929193a16100${NIL_DIGEST}c2`),
    message('a size of 2^53', 'listing', `929194a161cb4340000000000000${NIL_DIGEST}c2c2`),
    message('a negative size', 'listing', `929194a161ff${NIL_DIGEST}c2c2`),
    message('more as a number', 'listing', '929000'),
    message('blocks of no bytes', 'manifestReply', `970000ce00100000${NIL_DIGEST}${NIL_DIGEST}0000`),
    message(
      'a fragment of one block and a half',
      'manifestReply',
      `9700ce00100000ce00180000${NIL_DIGEST}${NIL_DIGEST}0000`,
    ),
    message('a fragment of 1,025 blocks', 'manifestReply', `970001cd0401${NIL_DIGEST}${NIL_DIGEST}0000`),
    message('1,048,577 fragments', 'manifestReply', `97ce001000010101${NIL_DIGEST}${NIL_DIGEST}0000`),
    message('more fragments here than there are', 'manifestReply', `97010101${NIL_DIGEST}${NIL_DIGEST}0002`),
    message('no digest', 'digestsReply', '91c400'),
    message('a digest and a half', 'digestsReply', `91c430${'00'.repeat(48)}`),
    message('1,025 digests', 'blockDigestsReply', {hex: '91c58020', times: 1}, part('00', 32_800)),
    message('no bitmap', 'haveReply', '91c400'),
    message('a bitmap of 1,025 bits', 'haveReply', `91c481${'00'.repeat(129)}`),
    message('an unknown status', 'end', `9191a8${hex('whatever')}`),
    message('the status constructor', 'end', `9191ab${hex('constructor')}`),
    message('no status', 'end', '9190'),
    message('a status without its array', 'end', `91a2${hex('ok')}`),
    message('an ok with more', 'end', `9192a2${hex('ok')}00`),
    message('busy for 2^32 ms', 'end', `9194a4${hex('busy')}cb41f00000000000000101`),
    message('257 outcomes', 'end', {hex: `9192a9${hex('delivered')}dc0101`, times: 1}, part('00', 257)),
    message('an outcome of half a millisecond', 'end', `9192a9${hex('delivered')}91cb3fe0000000000000`),
    message('an outcome beyond all dates', 'end', `9192a9${hex('delivered')}91cb433fffffffffffff`),
    message('an outcome of an unknown code', 'end', `9192a9${hex('delivered')}91a4${hex('evil')}`),
    message('an outcome that is nil', 'end', `9192a9${hex('delivered')}91c0`),
    message('an unknown refusal', 'error', `9193a4${hex('evil')}a0c0`),
    message('1,001 permille', 'error', `9193a8${hex('indexing')}a0cd03e9`),
    message('progress without indexing', 'error', `9193aa${hex('stale-root')}a001`),
    message(
      'a text of 1,001 bytes',
      'error',
      {hex: `9193aa${hex('stale-root')}da03e9`, times: 1},
      part('61', 1_001),
      part('c0', 1),
    ),
  ],
  headers: [
    header('a control frame of no bytes', '09000000000000000000000100000000'),
    header('a control frame of 64 KiB + 1', '09000000000100010000000100000000'),
    header('a control frame of 2^32-1 bytes', '09000000ffffffff0000000100000000'),
    header('a data frame of no bytes', '87000000000000000000000100000000'),
    header('a data frame of a block + 1', '87000000001000010000000100000000'),
    header('a data frame of 2^32-1 bytes', '87000000ffffffff0000000100000000'),
    header('type 0', '00000000000000010000000100000000'),
    header('an unknown request', '0d000000000000010000000100000000'),
    header('an unknown reply', '8d000000000000010000000100000000'),
    header('type 255', 'ff000000000000010000000100000000'),
    header('a flag', '09010000000000010000000100000000'),
    header('the first reserved byte', '09000100000000010000000100000000'),
    header('the second reserved byte', '09000001000000010000000100000000'),
    header('a block index in a control frame', '09000000000000010000000100000001'),
    header('HTTP', hex('HTTP/1.1 400 Bad Request').slice(0, 32)),
    header('SSH', hex('SSH-2.0-OpenSSH_9.2').slice(0, 32)),
    header('TLS', '15030100020246000000000000000000'),
  ],
};

function payload(name: string, ...parts: (string | Parts[number])[]): BombVectors['payloads'][number] {
  return {name, payload: parts.map(once)};
}

function message(
  name: string,
  type: string,
  ...parts: (string | Parts[number])[]
): BombVectors['messages'][number] {
  return {name, type, payload: parts.map(once)};
}

function header(name: string, bytes: string): BombVectors['headers'][number] {
  return {name, header: bytes};
}

function once(part: string | Parts[number]): Parts[number] {
  return typeof part === 'string' ? {hex: part, times: 1} : part;
}

function part(hexDigits: string, times: number): Parts[number] {
  return {hex: hexDigits, times};
}

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}
