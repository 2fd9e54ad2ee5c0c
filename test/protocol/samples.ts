/** One message of every kind, and the edges of their fields: the frames that test/vectors/frames.json is made of. */

import {createHash} from 'node:crypto';
import type {ClientMessage, ServerMessage} from '../../src/protocol/messages.js';
import type {Sample} from './vectors.js';

const ROOT = hash('root');
const SHA_256 = hash('file');
const MIB = 1024 * 1024;

export const SAMPLES: readonly Sample[] = [
  client('hello', {
    type: 'hello',
    id: 0,
    minVersion: 1,
    maxVersion: 1,
    features: [],
    credentials: null,
  }),
  client('hello with features and credentials', {
    type: 'hello',
    id: 0,
    minVersion: 1,
    maxVersion: 65_535,
    features: ['example', 'größe'],
    credentials: Uint8Array.of(0x00, 0xff, 0x10),
  }),
  client('list from the start', {type: 'list', id: 1, after: '', limit: 1_024}),
  client('list after a name', {type: 'list', id: 2, after: 'models/a.bin', limit: 1}),
  client('manifest', {type: 'manifest', id: 3, name: 'Büro/größe 日本 🎈.zip'}),
  client('digests', {type: 'digests', id: 4, root: ROOT, first: 1, count: 1_024}),
  client('digests of the last fragment possible', {
    type: 'digests',
    id: 5,
    root: ROOT,
    first: 1_048_576,
    count: 1,
  }),
  client('blockDigests', {type: 'blockDigests', id: 6, root: ROOT, fragment: 1}),
  client('have', {type: 'have', id: 7, root: ROOT, first: 1, count: 300}),
  client('fetch of one block', {
    type: 'fetch',
    id: 8,
    name: 'x.zip',
    root: ROOT,
    fragment: 1,
    firstBlock: 0,
    count: 1,
  }),
  client('fetch of 16 blocks, highest id', {
    type: 'fetch',
    id: 4_294_967_295,
    name: 'a name that is longer than thirty-one bytes.tar',
    root: ROOT,
    fragment: 200,
    firstBlock: 84,
    count: 16,
  }),
  client('cancel', {type: 'cancel', id: 8}),
  client('ping', {type: 'ping', id: 9}),
  client('report', {type: 'report', id: 0, root: ROOT, fragment: 3, block: 99}),
  client('pending', {type: 'pending', id: 11}),
  client('bundle', {
    type: 'bundle',
    id: 10,
    files: [
      {name: 'a.txt', root: ROOT},
      {name: 'models/größe.txt', root: hash('b')},
    ],
  }),
  server('welcome', {
    type: 'welcome',
    id: 0,
    version: 1,
    features: [],
    instanceId: '000102030405060708090a0b0c0d0e0f',
  }),
  server('pendingReply', {type: 'pendingReply', id: 2, scanned: true, files: 1_200}),
  server('pendingReply before the first look', {type: 'pendingReply', id: 2, scanned: false, files: 0}),
  server('listing, empty', {type: 'listing', id: 1, entries: [], more: false}),
  server('listing', {
    type: 'listing',
    id: 1,
    entries: [
      {name: 'a.bin', size: 0, root: hash('a'), whole: true},
      {name: 'models/b.bin', size: 4_294_967_295, root: hash('b'), whole: true},
      {name: 'models/c.bin', size: 4_294_967_296, root: hash('c'), whole: false},
    ],
    more: true,
  }),
  server('manifestReply', {
    type: 'manifestReply',
    id: 3,
    size: 314_572_801,
    blockBytes: MIB,
    fragmentBytes: 100 * MIB,
    sha256: SHA_256,
    root: ROOT,
    modifiedMs: 1_795_000_000_123,
    fragmentsHere: 4,
  }),
  server('manifestReply of the largest file, older than 1970, nothing of it here', {
    type: 'manifestReply',
    id: 3,
    size: 1_048_576 * 100 * MIB,
    blockBytes: MIB,
    fragmentBytes: 100 * MIB,
    sha256: SHA_256,
    root: ROOT,
    modifiedMs: -1,
    fragmentsHere: 0,
  }),
  server('digestsReply', {type: 'digestsReply', id: 4, digests: digests(2)}),
  server('blockDigestsReply', {type: 'blockDigestsReply', id: 6, digests: digests(9)}),
  server('haveReply', {type: 'haveReply', id: 7, bitmap: Uint8Array.of(0xff, 0x01, 0x80)}),
  server('end ok', {type: 'end', id: 8, status: {kind: 'ok'}}),
  server('end cancelled', {type: 'end', id: 8, status: {kind: 'cancelled'}}),
  server('end busy', {
    type: 'end',
    id: 8,
    status: {kind: 'busy', retryAfterMs: 1_500, slots: 32, slotsInUse: 32},
  }),
  server('end complete', {type: 'end', id: 8, status: {kind: 'complete'}}),
  server('end error', {
    type: 'end',
    id: 8,
    status: {kind: 'error', refusal: {code: 'stale-root', message: '', progressPermille: null}},
  }),
  server('end delivered', {
    type: 'end',
    id: 10,
    status: {
      kind: 'delivered',
      outcomes: [
        {kind: 'sent', modifiedMs: 1_795_000_000_123},
        {kind: 'refused', code: 'stale-root'},
        {kind: 'sent', modifiedMs: -1},
      ],
    },
  }),
  server('pong', {type: 'pong', id: 9}),
  server('goodbye', {type: 'goodbye', id: 0, lastId: 8}),
  server('error of a request', {
    type: 'error',
    id: 3,
    refusal: {code: 'indexing', message: 'still reading the file', progressPermille: 423},
  }),
  server('error of the connection', {
    type: 'error',
    id: 0,
    refusal: {code: 'unsupported-version', message: 'this server speaks fdl/1', progressPermille: null},
  }),
];

function client(name: string, message: ClientMessage): Sample {
  return {name, from: 'client', message};
}

function server(name: string, message: ServerMessage): Sample {
  return {name, from: 'server', message};
}

function digests(count: number): Uint8Array {
  const all = Array.from({length: count}, (_, index) => Buffer.from(hash(`digest ${index}`), 'hex'));
  return new Uint8Array(Buffer.concat(all));
}

/** Any digest, the same every time. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
