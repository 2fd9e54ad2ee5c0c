import assert from 'node:assert/strict';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {crc32} from 'node:zlib';
import fc from 'fast-check';
import {nodeDisk} from '../../../src/actors/store/disk.js';
import {
  decodeRecord,
  encodeFragmentDigests,
  encodeRecord,
  encodeRuns,
  LOG_MAGIC,
  type LogRecord,
} from '../../../src/actors/store/log-records.js';
import {ResumeLog, readLog} from '../../../src/actors/store/resume-log.js';
import {LOG_COMPACT_BYTES, LOG_RECORD_BYTES_MAX} from '../../../src/limits.js';
import {blocksIn, contentOf, sampleOf, temporaryFolder} from './store-kit.js';

const sample = sampleOf(contentOf(10_000));
const header = {manifest: sample.manifest, name: 'x.bin'};

const RECORDS: readonly LogRecord[] = [
  {kind: 'fragment-digests', first: 1, digests: Uint8Array.from(sample.fragmentDigests)},
  {kind: 'block-digests', fragment: 2, digests: Uint8Array.from(sample.blockDigests[1] ?? [])},
  {kind: 'stored', runs: [{fragment: 2, first: 0, end: 3}]},
  {
    kind: 'stored',
    runs: [
      {fragment: 1, first: 1, end: 2},
      {fragment: 3, first: 0, end: 2},
    ],
  },
  {kind: 'removed', runs: [{fragment: 2, first: 1, end: 2}]},
  {kind: 'doubted'},
  {kind: 'stored', runs: [{fragment: 2, first: 1, end: 2}]},
  {
    kind: 'closed',
    mark: {
      size: 10_000,
      inode: '18446744073709551615',
      mtimeNs: '1600000000123456789',
      ctimeNs: '1600000000123456790',
    },
  },
];

/** A log file of these records; returns where each one ends. */
async function writtenLog(path: string, records: readonly LogRecord[]): Promise<number[]> {
  const log = await ResumeLog.create(nodeDisk, path, header);
  const ends = [log.end];
  for (const record of records) {
    await log.append(encodeRecord(record));
    ends.push(log.end);
  }
  await log.close();
  return ends;
}

const logIn = (t: TestContext): string => join(temporaryFolder(t), 'x.bin.0123456789abcdef.fdl-log');

async function usable(path: string) {
  const read = await readLog(nodeDisk, path);
  assert.ok(read.kind === 'usable', read.kind);
  return read;
}

test('every record comes back as it was written', () => {
  for (const record of [...RECORDS, {kind: 'header', header} as const]) {
    const bytes = encodeRecord(record);
    assert.deepEqual(decodeRecord(bytes, 0), {record, end: bytes.length});
  }
});

test('what is stored, removed, doubted and stored again counts as the last word says', async (t) => {
  const path = logIn(t);
  await writtenLog(path, RECORDS);
  const {state} = await usable(path);
  assert.deepEqual(blocksIn(state.trusted.runs()), ['2/1']);
  assert.deepEqual(blocksIn(state.unchecked.runs()), ['1/1', '2/0', '2/2', '3/0', '3/1']);
  assert.equal(state.claimedBytes, 5 * 1024 + (10_000 - 9 * 1024));
});

test('cut at any byte a log ends with its last whole record, and goes on behind it', async (t) => {
  const path = logIn(t);
  const ends = await writtenLog(path, RECORDS);
  const whole = readFileSync(path);
  const first = ends[0] ?? 0;
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const read = await readLog(nodeDisk, path);
    if (length < first) {
      assert.equal(read.kind, 'unusable', `${length} bytes`);
      continue;
    }
    assert.ok(read.kind === 'usable');
    assert.equal(read.validBytes, Math.max(...ends.filter((end) => end <= length)), `${length} bytes`);
    if (length % 7 !== 0) continue;
    const log = await ResumeLog.resume(nodeDisk, path, read);
    await log.append(encodeRuns('stored', [{fragment: 1, first: 3, end: 4}]));
    await log.close();
    const again = await usable(path);
    assert.equal(again.state.trusted.has(1, 3), true);
    assert.equal(again.validBytes, statSync(path).size);
  }
});

test("no mutation of a log makes it throw, or prove digests that are not the root's", async (t) => {
  const path = logIn(t);
  const ends = await writtenLog(path, RECORDS);
  const whole = readFileSync(path);
  const mutation = fc.oneof(
    fc.record({at: fc.nat(whole.length - 1), bytes: fc.uint8Array({minLength: 1, maxLength: 40})}),
    fc.record({at: fc.constantFrom(...ends), bytes: fc.uint8Array({minLength: 8, maxLength: 400})}),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, {minLength: 1, maxLength: 4}),
      fc.boolean(),
      async (mutations, reseal) => {
        const mutated = Buffer.from(whole);
        for (const {at, bytes} of mutations) mutated.set(bytes.subarray(0, mutated.length - at), at);
        if (reseal) resealed(mutated, ends);
        writeFileSync(path, mutated);
        const read = await readLog(nodeDisk, path);
        if (read.kind !== 'usable') return;
        const proven = read.state.proveDigests();
        if (proven !== null && read.state.header.manifest.root === sample.manifest.root) {
          assert.deepEqual(Buffer.from(proven), sample.fragmentDigests);
          for (const fragment of read.state.blockDigests.fragments) {
            assert.deepEqual(
              Buffer.from(read.state.blockDigests.get(fragment) ?? []),
              sample.blockDigests[fragment - 1],
            );
          }
        }
      },
    ),
    {numRuns: 400},
  );
});

/** Gives every record a right checksum, as a hand that means harm would. */
function resealed(bytes: Buffer, ends: readonly number[]): void {
  for (const [index, end] of ends.entries()) {
    const at = index === 0 ? LOG_MAGIC.length : (ends[index - 1] ?? 0);
    bytes.writeUInt32BE(end - at - 8, at);
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 8, end), crc32(bytes.subarray(at, at + 4))), at + 4);
  }
}

test('a header that claims a file beyond all limits is not believed', async (t) => {
  const path = logIn(t);
  for (const manifest of [
    {...sample.manifest, size: 2 ** 60},
    {...sample.manifest, size: -1},
    {...sample.manifest, size: 2 ** 52, geometry: {blockBytes: 1, fragmentBytes: 1}},
    {...sample.manifest, geometry: {blockBytes: 1, fragmentBytes: 2 ** 40}},
    {...sample.manifest, geometry: {blockBytes: 1000, fragmentBytes: 1500}},
    {...sample.manifest, root: 'no digest'},
    {...sample.manifest, modifiedMs: null as unknown as number},
  ]) {
    const record = encodeRecord({kind: 'header', header: {manifest, name: 'x'}});
    writeFileSync(path, Buffer.concat([LOG_MAGIC, record]));
    assert.equal((await readLog(nodeDisk, path)).kind, 'unusable', JSON.stringify(manifest));
  }
});

test('a record that does not fit the file ends the log', async (t) => {
  for (const record of [
    {kind: 'stored', runs: [{fragment: 4, first: 0, end: 1}]},
    {kind: 'stored', runs: [{fragment: 3, first: 1, end: 3}]},
    {kind: 'block-digests', fragment: 1, digests: new Uint8Array(32)},
    {kind: 'fragment-digests', first: 2, digests: new Uint8Array(32)},
    {kind: 'fragment-digests', first: 1, digests: new Uint8Array(32 * 5)},
  ] as const satisfies readonly LogRecord[]) {
    const path = logIn(t);
    const ends = await writtenLog(path, [{kind: 'doubted'}, record, {kind: 'doubted'}]);
    assert.equal((await usable(path)).validBytes, ends[1], JSON.stringify(record));
  }
});

test('runs and digests of any number are spread over records that fit', () => {
  const runs = Array.from({length: 20_000}, (_, index) => ({fragment: index + 1, first: 0, end: 1}));
  const digests = new Uint8Array(5000 * 32).fill(7);
  for (const bytes of [encodeRuns('stored', runs), encodeFragmentDigests(digests)]) {
    let at = 0;
    let items = 0;
    while (at < bytes.length) {
      const next = decodeRecord(bytes, at);
      assert.ok(next !== null && next !== 'incomplete');
      assert.ok(next.end - at <= LOG_RECORD_BYTES_MAX + 8);
      at = next.end;
      if (next.record.kind === 'stored') items += next.record.runs.length;
      if (next.record.kind === 'fragment-digests') items += next.record.digests.length / 32;
    }
    assert.ok(items === 20_000 || items === 5000, `${items} items`);
  }
});

test('a long log is rewritten without its history, and says the same', async (t) => {
  const path = logIn(t);
  await writtenLog(path, RECORDS);
  const history = Buffer.alloc(LOG_COMPACT_BYTES + 1024 * 1024);
  const record = encodeRuns(
    'stored',
    Array.from({length: 5000}, () => ({fragment: 1, first: 0, end: 1})),
  );
  let filled = 0;
  while (filled + record.length <= history.length) filled += record.copy(history, filled);
  writeFileSync(path, Buffer.concat([readFileSync(path), history.subarray(0, filled)]));
  const before = await usable(path);
  const log = await ResumeLog.resume(nodeDisk, path, before);
  await log.close();
  assert.equal(log.path, path);
  const after = await usable(path);
  assert.ok(after.validBytes < 2000, `${after.validBytes} bytes`);
  assert.deepEqual(after.state.trusted.runs(), before.state.trusted.runs());
  assert.deepEqual(after.state.unchecked.runs(), before.state.unchecked.runs());
  assert.deepEqual(after.state.proveDigests(), before.state.proveDigests());
});
