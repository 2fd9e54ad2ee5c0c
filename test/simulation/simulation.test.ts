import assert from 'node:assert/strict';
import {test} from 'node:test';
import {amount} from '../support/campaign.js';
import {CORPUS} from './corpus.js';
import type {Conduct} from './file-store.js';
import {runSchedule} from './run.js';
import {drawSchedule, type Schedule} from './schedule.js';
import {shrunk, violationOf} from './shrink.js';

/** Each of these happens in the schedules below, the first ones in few of them, or they prove less than they seem to. */
const RARE = [
  'fault: kill',
  'fault: power-cut',
  'disk: short write',
  'notice: resuming',
  'notice: server-banned',
  'notice: server-back',
  'fault: garbage',
  'fault: replaced',
  'failed: disk-full',
  'failed: output-in-use',
];

const LINK = {bytesPerMs: 2, delayMs: 10, windowBytes: 4_096};

/** Servers that differ in nothing but their conduct, and nothing that befalls them. */
function quietSchedule(conducts: readonly Conduct[]): Schedule {
  return {
    seed: 1,
    geometry: {blockBytes: 256, fragmentBytes: 1_024},
    fileBytes: 5_000,
    pin: 'root',
    connections: 1,
    limitBytesPerSecond: null,
    diskWaitMs: 0,
    servers: conducts.map((conduct) => ({conduct, shape: LINK, maxTransfers: 8, isStale: false})),
    faults: [],
    calmMs: 0,
  };
}

/** Servers that were banned. */
async function bannedIn(schedule: Schedule): Promise<string[]> {
  const lines: string[] = [];
  await runSchedule(schedule, {tell: (line) => lines.push(line)});
  const rows = lines.flatMap((line) =>
    line.includes('"k":"server"') ? [line.slice(line.indexOf('{'))] : [],
  );
  return rows
    .map((row) => JSON.parse(row))
    .flatMap(({is, server}) => (is === 'banned' ? [String(server)] : []));
}

test('what once failed holds', async () => {
  for (const {seed, found} of CORPUS) assert.equal(await violationOf(drawSchedule(seed)), null, found);
});

test('whatever goes wrong, no wrong byte is written, and left in peace the download ends', async (t) => {
  const seen = new Set<string>();
  const schedules = amount(150, 40);
  let events = 0;
  for (let seed = 1; seed <= schedules; seed++) {
    const report = await runSchedule(drawSchedule(seed)).catch((error) => {
      throw new Error(`npm run simulate -- --seed ${seed}: ${error}`);
    });
    events += report.events;
    for (const what of report.seen) seen.add(what);
  }
  t.diagnostic(`${schedules} schedules, ${events} events`);
  assert.deepEqual(
    RARE.slice(0, amount(RARE.length, 5)).filter((what) => !seen.has(what)),
    [],
  );
});

test('the same seed is the same story', async () => {
  for (const seed of [3, 17, 59]) {
    const [first, second] = [await runSchedule(drawSchedule(seed)), await runSchedule(drawSchedule(seed))];
    assert.deepEqual(
      [second.hash, second.events, second.elapsedMs],
      [first.hash, first.events, first.elapsedMs],
    );
  }
});

test('telling the story does not change it', async () => {
  const schedule = drawSchedule(7);
  const [silent, told] = [await runSchedule(schedule), await runSchedule(schedule, {tell: () => {}})];
  assert.equal(told.hash, silent.hash);
});

test('whoever names another size for a root is found out, and nobody else is blamed', async () => {
  for (const by of [-1, 1, 9_000]) {
    const liar = {kind: 'wrong-size', by} as const;
    assert.deepEqual(
      await bannedIn(quietSchedule([liar, {kind: 'honest'}, {kind: 'honest'}])),
      ['0'],
      `${by}`,
    );
    assert.deepEqual(await bannedIn(quietSchedule([{kind: 'honest'}, liar])), ['1'], `${by}`);
  }
});

test('a schedule that fails is shortened to what it needs', async () => {
  // Without a single honest server nothing can be promised, so this one fails whatever else happens.
  const hopeless = quietSchedule([{kind: 'corrupt', chance: 1}]);
  const fault = {kind: 'connections-reset', server: 0} as const;
  const long = {
    ...hopeless,
    faults: [
      {...fault, atMs: 100},
      {...fault, atMs: 5_000},
    ],
  };
  assert.match((await violationOf(long)) ?? '', /it fails: content-unverifiable/);
  assert.deepEqual((await shrunk(long)).faults, []);
});
