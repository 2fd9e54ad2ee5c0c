import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {dialTcp} from '../../../src/actors/client/dial.js';
import {systemClock} from '../../../src/actors/clock.js';
import {type CheckOptions, checkFleet} from '../../../src/actors/fleet/check-fleet.js';
import type {CheckProgress, ServerCheck} from '../../../src/fleet-report.js';
import {CHECK_SAMPLE_MS} from '../../../src/limits.js';
import type {Address} from '../../../src/model.js';
import {blockDigest, fragmentDigest, rootOf} from '../../../src/protocol/digests.js';
import {writeHeader} from '../../../src/protocol/frame-reader.js';
import {type ClientMessage, FRAME_TYPES, type ServerMessage} from '../../../src/protocol/messages.js';
import {seededRandom} from '../../support/random.js';
import {type ScriptedServer, startScriptedServer, welcoming} from '../../support/scripted-server.js';
import {bytesOf, closeSharedWorkers, folderWith, startTestServer, TINY} from '../../support/test-server.js';
import {VirtualClock} from '../../support/virtual-clock.js';
import {until, within} from '../../support/wait.js';

after(closeSharedWorkers);

const PORTS = {dial: dialTcp, clock: systemClock, geometry: TINY, random: seededRandom(1)};
const DEADLINE_MS = 10_000;
/** One block, and all digests of a file that is nothing but that. */
const BLOCK = bytesOf(TINY.blockBytes);
const BLOCK_DIGEST = blockDigest(BLOCK);
const FRAGMENT_DIGEST = fragmentDigest(BLOCK_DIGEST);
const SHA256 = 'cd'.repeat(32);
const ROOT = rootOf({size: BLOCK.length, geometry: TINY, sha256: SHA256, fragmentDigests: FRAGMENT_DIGEST});

test('all blocks of a small file are verified, and it is told how far that is', async (t) => {
  const server = await startTestServer(t, folderWith(t, {'x.bin': bytesOf(2 * TINY.fragmentBytes + 5)}));
  await server.ready('x.bin');
  const told: CheckProgress[] = [];
  const options = {blocks: 100, onProgress: (progress: CheckProgress) => told.push(progress)};
  const check = await checked({host: '127.0.0.1', port: server.port}, options);
  assert.deepEqual([check.sample?.wanted, check.sample?.verified], [9, 9]);
  assert.equal(check.sample?.bytes, 2 * TINY.fragmentBytes + 5);
  assert.ok((check.sample?.bytesPerSecond ?? 0) > 0);
  assert.deepEqual(check.findings, []);
  assert.deepEqual(told.at(-1), {servers: 1, done: 1, blocks: 9});
});

test('without blocks nothing is fetched, and no digest is asked for', async (t) => {
  const server = await speaking(t);
  const {findings, sample} = await checked(server, {blocks: 0});
  assert.deepEqual(findings, []);
  assert.deepEqual(sample, {wanted: 0, verified: 0, bytes: 0, bytesPerSecond: null});
  assert.ok(!server.heard.some(({type}) => type === 'digests' || type === 'fetch'));
});

test('the model server of these tests is taken for honest', async (t) => {
  const {findings, sample} = await checked(await speaking(t));
  assert.deepEqual(findings, []);
  assert.equal(sample?.verified, 1);
});

test('a wrong block is proof, and the server is told of it', async (t) => {
  const server = await speaking(t, {fetch: ({id}) => [dataFrame(id, Buffer.alloc(BLOCK.length)), ended(id)]});
  const [finding] = (await checked(server)).findings;
  assert.ok(finding?.kind === 'corrupt' && finding.evidence.kind === 'wrong-block');
  assert.equal(finding.evidence.expected, BLOCK_DIGEST.toString('hex'));
  await until('a report', DEADLINE_MS, () => server.heard.some(({type}) => type === 'report'));
});

test('digests that prove nothing are proof against the server', async (t) => {
  const zeros = new Uint8Array(32);
  for (const lies of [
    {digests: ({id}: ClientMessage) => [{type: 'digestsReply', id, digests: zeros} as const]},
    {blockDigests: ({id}: ClientMessage) => [{type: 'blockDigestsReply', id, digests: zeros} as const]},
  ]) {
    const [finding] = (await checked(await speaking(t, lies))).findings;
    assert.ok(finding?.kind === 'corrupt' && finding.evidence.kind === 'wrong-digests');
  }
});

test('a server that breaks the protocol, leaves, or will not send is told as that', async (t) => {
  const refusal = {code: 'io-error', message: '', progressPermille: null} as const;
  const cases: readonly (readonly [Replies, string])[] = [
    [{fetch: ({id}) => [dataFrame(id, Buffer.alloc(7))]}, 'corrupt'],
    [{manifest: ({id}) => [{type: 'pong', id}]}, 'corrupt'],
    [{fetch: () => [{type: 'goodbye', id: 0, lastId: 0}]}, 'unreachable'],
    [{fetch: ({id}) => [{type: 'end', id, status: {kind: 'error', refusal}}]}, 'refusing'],
    [{blockDigests: ({id}) => [{type: 'error', id, refusal}]}, 'refusing'],
    [{manifest: ({id}) => [{type: 'error', id, refusal: {...refusal, code: 'file-not-found'}}]}, 'absent'],
  ];
  for (const [replies, kind] of cases) {
    const {findings} = await checked(await speaking(t, replies));
    assert.deepEqual(
      findings.map((finding) => finding.kind),
      [kind],
    );
  }
});

test('the look at the blocks of a server is over in time, however slow it is', async (t) => {
  const clock = new VirtualClock();
  const half = dataFrame(1, BLOCK).subarray(0, 16 + BLOCK.length / 2);
  const server = await speaking(t, {
    fetch: ({id}) => {
      half.writeUInt32BE(id, 8);
      return [half];
    },
  });
  let isOver = false;
  const checking = checkFleet({servers: [server], file: 'x.bin'}, {...PORTS, clock}).finally(() => {
    isOver = true;
  });
  await until('the fetch', DEADLINE_MS, () => server.heard.some(({type}) => type === 'fetch'));
  clock.advance(CHECK_SAMPLE_MS - 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isOver, false);
  clock.advance(1);
  const [check] = (await within('the end of the check', DEADLINE_MS, checking)).servers;
  assert.deepEqual([check?.sample?.wanted, check?.sample?.verified, check?.findings], [1, 0, []]);
  assert.equal(clock.pending, 0);
});

/** What a server answers instead of the truth, by the kind of request. */
type Replies = {
  readonly [Type in ClientMessage['type']]?: (
    message: ClientMessage,
  ) => readonly (ServerMessage | Uint8Array)[];
};

/** A server that has x.bin, one block, and tells the truth about it but for `instead`. */
function speaking(
  t: Parameters<typeof startScriptedServer>[0],
  instead: Replies = {},
): Promise<ScriptedServer> {
  return startScriptedServer(
    t,
    welcoming((message) => (instead[message.type] ?? truth)(message)),
  );
}

function truth(message: ClientMessage): readonly (ServerMessage | Uint8Array)[] {
  const {id, type} = message;
  const manifest = {size: BLOCK.length, sha256: SHA256, root: ROOT, modifiedMs: 0, fragmentsHere: 1, ...TINY};
  switch (type) {
    case 'ping':
      return [{type: 'pong', id}];
    case 'manifest':
      return [{type: 'manifestReply', id, ...manifest}];
    case 'digests':
      return [{type: 'digestsReply', id, digests: FRAGMENT_DIGEST}];
    case 'blockDigests':
      return [{type: 'blockDigestsReply', id, digests: BLOCK_DIGEST}];
    case 'fetch':
      return [dataFrame(id, BLOCK), ended(id)];
    default:
      return [];
  }
}

function ended(id: number): ServerMessage {
  return {type: 'end', id, status: {kind: 'ok'}};
}

function dataFrame(id: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(16 + payload.length);
  writeHeader(frame, {type: FRAME_TYPES.data, length: payload.length, id, index: 0});
  frame.set(payload, 16);
  return frame;
}

async function checked(server: Address, options: Partial<CheckOptions> = {}): Promise<ServerCheck> {
  const {servers} = await checkFleet({servers: [server], file: 'x.bin', ...options}, PORTS);
  const [only] = servers;
  assert.ok(only !== undefined);
  return only;
}
