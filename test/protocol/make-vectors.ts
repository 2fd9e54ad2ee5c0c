/**
 * Writes test/vectors anew: `npm run build && node dist/test/protocol/make-vectors.js`. Only after a deliberate change
 * of the protocol: the files are its contract with other implementations, and the tests hold the code against them.
 */

import {createHash} from 'node:crypto';
import {blockCount, blockLength, blockOffset, FDL1_GEOMETRY, fragmentCount} from '../../src/geometry.js';
import {HEADER_BYTES} from '../../src/limits.js';
import type {Geometry} from '../../src/model.js';
import {encodeClient, encodeServer} from '../../src/protocol/codec.js';
import {blockDigest, fragmentDigest, rootOf, toHex} from '../../src/protocol/digests.js';
import {writeHeader} from '../../src/protocol/frame-reader.js';
import {CLIENT_LAYOUTS, SERVER_LAYOUTS} from '../../src/protocol/layouts.js';
import {FRAME_TYPES, type FrameHeader, MAGIC} from '../../src/protocol/messages.js';
import {HOSTILE} from './hostile.js';
import {SAMPLES} from './samples.js';
import {
  bytesOf,
  type ControlVector,
  type DigestVector,
  type FrameVectors,
  type Parts,
  type Sample,
  writeVectors,
} from './vectors.js';

const TINY: Geometry = {blockBytes: 4, fragmentBytes: 8};
const BLOCK = FDL1_GEOMETRY.blockBytes;

const DIGESTS: readonly DigestVector[] = [
  digestVector('an empty file', FDL1_GEOMETRY, []),
  digestVector('one byte', FDL1_GEOMETRY, [{hex: '61', times: 1}]),
  digestVector('exactly one block', FDL1_GEOMETRY, [{hex: '00', times: BLOCK}]),
  digestVector('one block and a byte', FDL1_GEOMETRY, [
    {hex: '0001', times: BLOCK / 2},
    {hex: 'ff', times: 1},
  ]),
  digestVector('one fragment and a byte', FDL1_GEOMETRY, [{hex: '00', times: 100 * BLOCK + 1}]),
  digestVector('tiny geometry: one full fragment', TINY, [{hex: '0001020304050607', times: 1}]),
  digestVector('tiny geometry: two fragments and a part', TINY, [{hex: '00010203040506070809', times: 2}]),
];

writeVectors('digests.json', {digests: DIGESTS});
writeVectors('bombs.json', HOSTILE);
writeVectors('frames.json', frames());

function frames(): FrameVectors {
  return {
    magic: toHex(MAGIC),
    control: SAMPLES.map(controlVector),
    data: [
      dataVector('a block of three bytes', {type: FRAME_TYPES.data, length: 3, id: 8, index: 0}, '616263'),
      dataVector('a last block, index 99', {type: FRAME_TYPES.data, length: 1, id: 9, index: 99}, '00'),
    ],
    conversation: conversation(),
  };
}

function controlVector(sample: Sample): ControlVector {
  if (sample.from === 'client') {
    const {message} = sample;
    return {
      ...sample,
      fields: CLIENT_LAYOUTS[message.type].encode(message as never),
      frame: hex(encodeClient(message)),
    };
  }
  const {message} = sample;
  return {
    ...sample,
    fields: SERVER_LAYOUTS[message.type].encode(message as never),
    frame: hex(encodeServer(message)),
  };
}

function dataVector(name: string, header: FrameHeader, payload: string): FrameVectors['data'][number] {
  const bytes = Buffer.alloc(HEADER_BYTES);
  writeHeader(bytes, header);
  return {name, header, payload, frame: hex(bytes) + payload};
}

/** A whole download of `abc`, a file of three bytes. */
function conversation(): FrameVectors['conversation'] {
  const content: Parts = [{hex: '616263', times: 1}];
  const {root, sha256, fragmentDigests, blockDigests} = digestVector('abc', FDL1_GEOMETRY, content);
  const data = dataVector('abc', {type: FRAME_TYPES.data, length: 3, id: 4, index: 0}, '616263');
  const digest = (hexDigits: string | undefined): Uint8Array => Buffer.from(hexDigits ?? '', 'hex');
  const fetch = {type: 'fetch', id: 4, name: 'abc', root, fragment: 1, firstBlock: 0, count: 1} as const;
  return [
    {from: 'client', says: 'magic', bytes: toHex(MAGIC)},
    client('hello', {type: 'hello', id: 0, minVersion: 1, maxVersion: 1, features: [], credentials: null}),
    server('welcome', {type: 'welcome', id: 0, version: 1, features: [], instanceId: 'ab'.repeat(16)}),
    client('manifest', {type: 'manifest', id: 1, name: 'abc'}),
    server('manifestReply', {
      type: 'manifestReply',
      id: 1,
      size: 3,
      ...FDL1_GEOMETRY,
      sha256,
      root,
      modifiedMs: 0,
      fragmentsHere: 1,
    }),
    client('digests', {type: 'digests', id: 2, root, first: 1, count: 1}),
    server('digestsReply', {type: 'digestsReply', id: 2, digests: digest(fragmentDigests[0])}),
    client('blockDigests', {type: 'blockDigests', id: 3, root, fragment: 1}),
    server('blockDigestsReply', {type: 'blockDigestsReply', id: 3, digests: digest(blockDigests[0]?.[0])}),
    client('fetch', fetch),
    {from: 'server', says: 'data', bytes: data.frame},
    server('end ok', {type: 'end', id: 4, status: {kind: 'ok'}}),
    client('fetch beyond the last fragment', {...fetch, id: 5, fragment: 2}),
    server('end complete', {type: 'end', id: 5, status: {kind: 'complete'}}),
  ];
}

function client(
  says: string,
  message: Parameters<typeof encodeClient>[0],
): FrameVectors['conversation'][number] {
  return {from: 'client', says, bytes: hex(encodeClient(message))};
}

function server(
  says: string,
  message: Parameters<typeof encodeServer>[0],
): FrameVectors['conversation'][number] {
  return {from: 'server', says, bytes: hex(encodeServer(message))};
}

function digestVector(name: string, geometry: Geometry, content: Parts): DigestVector {
  const bytes = bytesOf(content);
  const size = bytes.length;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const blocks = Array.from({length: fragmentCount(size, geometry)}, (_, index) =>
    blocksOf(bytes, geometry, index + 1),
  );
  const fragments = blocks.map((digests) => fragmentDigest(Buffer.concat(digests)));
  return {
    name,
    content,
    size,
    geometry,
    sha256,
    blockDigests: blocks.map((digests) => digests.map(hex)),
    fragmentDigests: fragments.map(hex),
    root: rootOf({size, geometry, sha256, fragmentDigests: Buffer.concat(fragments)}),
  };
}

function blocksOf(bytes: Buffer, geometry: Geometry, fragment: number): Buffer[] {
  return Array.from({length: blockCount(bytes.length, geometry, fragment)}, (_, block) => {
    const offset = blockOffset(geometry, fragment, block);
    return blockDigest(bytes.subarray(offset, offset + blockLength(bytes.length, geometry, fragment, block)));
  });
}

function hex(bytes: Uint8Array): string {
  return toHex(bytes);
}
