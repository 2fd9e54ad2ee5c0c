/** Random valid messages of every kind, up to their limits. */

import fc from 'fast-check';
import {REFUSAL_CODES, type Refusal} from '../../src/model.js';
import type {BundleOutcome, ClientMessage, EndStatus, ServerMessage} from '../../src/protocol/messages.js';

const anyId = fc.integer({min: 0, max: 0xffff_ffff});
const requestId = fc.integer({min: 1, max: 0xffff_ffff});
const root = hex(32);
const fragment = fc.integer({min: 1, max: 1_048_576});
const page = {root, first: fragment, count: fc.integer({min: 1, max: 1_024})};
const version = fc.integer({min: 1, max: 65_535});
const features = fc.array(text(1, 64), {maxLength: 32});
const size = fc.oneof(fc.maxSafeNat(), fc.integer({min: 0, max: 1_000}));

export function clientMessages(): fc.Arbitrary<ClientMessage> {
  return fc.oneof(
    record({
      type: fc.constant('hello' as const),
      id: anyId,
      minVersion: version,
      maxVersion: version,
      features,
      credentials: fc.option(raw(0, 100)),
    }).filter(({minVersion, maxVersion}) => minVersion <= maxVersion),
    record({type: fc.constant('list' as const), id: requestId, after: text(0, 1_024), limit: page.count}),
    record({type: fc.constant('manifest' as const), id: requestId, name: text(0, 1_024)}),
    record({type: fc.constantFrom('digests' as const, 'have' as const), id: requestId, ...page}),
    record({type: fc.constant('blockDigests' as const), id: requestId, root, fragment}),
    record({
      type: fc.constant('fetch' as const),
      id: requestId,
      name: text(0, 1_024),
      root,
      fragment: fc.integer({min: 1, max: 1_048_577}),
      firstBlock: fc.nat(1_023),
      count: fc.integer({min: 1, max: 16}),
    }),
    record({type: fc.constantFrom('cancel' as const, 'ping' as const), id: requestId}),
    record({type: fc.constant('report' as const), id: anyId, root, fragment, block: fc.nat(1_023)}),
    record({
      type: fc.constant('bundle' as const),
      id: requestId,
      files: fc.array(record({name: text(0, 200), root}), {minLength: 1, maxLength: 256}),
    }),
    record({type: fc.constant('pending' as const), id: requestId}),
  );
}

export function serverMessages(): fc.Arbitrary<ServerMessage> {
  return fc.oneof(
    record({type: fc.constant('welcome' as const), id: anyId, version, features, instanceId: hex(16)}),
    record({
      type: fc.constant('listing' as const),
      id: anyId,
      entries: fc.array(record({name: text(0, 300), size, root, whole: fc.boolean()}), {maxLength: 100}),
      more: fc.boolean(),
    }),
    record({
      type: fc.constant('pendingReply' as const),
      id: anyId,
      scanned: fc.boolean(),
      files: fc.integer({min: 0, max: 0xffff_ffff}),
    }),
    manifestReplies(),
    record({
      type: fc.constantFrom('digestsReply' as const, 'blockDigestsReply' as const),
      id: anyId,
      digests: fc.integer({min: 1, max: 1_024}).map((count) => new Uint8Array(32 * count).fill(count)),
    }),
    record({type: fc.constant('haveReply' as const), id: anyId, bitmap: raw(1, 128)}),
    record({type: fc.constant('end' as const), id: anyId, status: endStatuses()}),
    record({type: fc.constant('pong' as const), id: anyId}),
    record({type: fc.constant('goodbye' as const), id: anyId, lastId: anyId}),
    record({type: fc.constant('error' as const), id: anyId, refusal: refusals()}),
  );
}

function manifestReplies(): fc.Arbitrary<ServerMessage> {
  const blockBytes = fc.integer({min: 1, max: 1_048_576});
  const blocks = fc.integer({min: 1, max: 1_024});
  return fc.tuple(blockBytes, blocks, size).chain(([block, count, wanted]) => {
    const fragmentBytes = block * count;
    const fits = Math.min(wanted, fragmentBytes * 1_048_576);
    return record({
      type: fc.constant('manifestReply' as const),
      id: anyId,
      size: fc.constant(fits),
      blockBytes: fc.constant(block),
      fragmentBytes: fc.constant(fragmentBytes),
      sha256: root,
      root,
      modifiedMs: fc.integer({min: -8_640_000_000_000_000, max: 8_640_000_000_000_000}),
      fragmentsHere: fc.nat(Math.ceil(fits / fragmentBytes)),
    });
  });
}

function endStatuses(): fc.Arbitrary<EndStatus> {
  return fc.oneof(
    record({kind: fc.constantFrom('ok' as const, 'cancelled' as const, 'complete' as const)}),
    record({kind: fc.constant('busy' as const), retryAfterMs: anyId, slots: anyId, slotsInUse: anyId}),
    record({kind: fc.constant('error' as const), refusal: refusals()}),
    record({kind: fc.constant('delivered' as const), outcomes: fc.array(outcomes(), {maxLength: 256})}),
  );
}

function outcomes(): fc.Arbitrary<BundleOutcome> {
  return fc.oneof(
    record({
      kind: fc.constant('sent' as const),
      modifiedMs: fc.integer({min: -8_640_000_000_000_000, max: 8_640_000_000_000_000}),
    }),
    record({kind: fc.constant('refused' as const), code: fc.constantFrom(...REFUSAL_CODES)}),
  );
}

function refusals(): fc.Arbitrary<Refusal> {
  return fc.oneof(
    record({
      code: fc.constant('indexing' as const),
      message: text(0, 1_000),
      progressPermille: fc.option(fc.nat(1_000)),
    }),
    record({
      code: fc.constantFrom(...REFUSAL_CODES),
      message: text(0, 1_000),
      progressPermille: fc.constant(null),
    }),
  );
}

/** Text of every kind of character, edges of the msgpack forms among its lengths. */
function text(min: number, max: number): fc.Arbitrary<string> {
  const plain = fc
    .constantFrom(31, 32, 64, 255, 256, 1_000)
    .map((length) => 'x'.repeat(Math.min(length, max)));
  return fc
    .oneof(fc.string({unit: 'binary', minLength: min, maxLength: max / 4}), plain)
    .filter((value) => !value.startsWith('\ufeff') && Buffer.byteLength(value) >= min);
}

function hex(length: number): fc.Arbitrary<string> {
  return raw(length, length).map((value) => Buffer.from(value).toString('hex'));
}

function raw(min: number, max: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({minLength: min, maxLength: max}).map((value) => new Uint8Array(value));
}

/** With the prototype that decoded messages have. */
function record<T>(model: {[K in keyof T]: fc.Arbitrary<T[K]>}): fc.Arbitrary<T> {
  return fc.record<T>(model, {noNullPrototype: true});
}
