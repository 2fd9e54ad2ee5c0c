import assert from 'node:assert/strict';
import {test} from 'node:test';
import {BundlePlan, type BundleStep} from '../../../src/machines/set/bundle-plan.js';
import type {SmallFile} from '../../../src/machines/set/file-queue.js';
import {between, seededRandom} from '../../support/random.js';

const BUNDLE_BYTES = 1_000;

type Asked = Extract<BundleStep, {readonly kind: 'ask'}>;

test('bundles hold as much as fits, in the order of the files, two out at once', () => {
  const plan = planOf(files(40, 100), 1);
  const [connection] = dialAll(plan);
  const asked = asksOf(plan, 0);
  assert.deepEqual(
    asked.map(({files: all}) => all.map(({index}) => index)),
    [range(0, 10), range(10, 20)],
  );
  assert.ok(asked.every((step) => step.connection === connection));
});

test('a busy server is passed over until it said, and the others go on', () => {
  const plan = planOf(files(100, 100, [0, 1]), 2);
  dialAll(plan);
  const [first] = asksOf(plan, 0);
  assert.ok(first !== undefined);
  plan.ended(first.connection, first.ticket);
  for (const {index} of first.files) plan.missed(index, null);
  plan.busy(first.connection, 5_000);
  for (const at of [1, 4_999])
    assert.ok(asksOf(plan, at).every(({connection}) => connection !== first.connection));
  assert.ok(asksOf(plan, 5_000).some(({connection}) => connection === first.connection));
});

test('files of a lost connection are asked for again, by whoever has them', () => {
  const plan = planOf(files(10, 100, [0, 1]), 2);
  const [a, b] = dialAll(plan);
  const [first] = asksOf(plan, 0);
  assert.ok(first !== undefined && a !== undefined && b !== undefined);
  plan.closed(first.connection, 'failed', 10);
  const again = asksOf(plan, 10);
  assert.deepEqual(
    again.flatMap(({files: all}) => all.map(({index}) => index)),
    range(0, 10),
  );
  assert.notEqual(again[0]?.connection, first.connection);
});

test('a server that is out is asked nothing, and what only it has is handed over', () => {
  const plan = planOf([...files(5, 100, [0]), ...files(5, 100, [1], 5)], 2);
  dialAll(plan);
  plan.excluded(0);
  const step = untilWait(plan, 0).find(({kind}) => kind === 'hand-over');
  assert.ok(step?.kind === 'hand-over');
  assert.deepEqual(
    step.files.map(({index}) => index),
    range(0, 5),
  );
});

test('what one server takes long for is asked of an idle one as well; the first to bring it counts', () => {
  const plan = planOf(files(5, 100, [0, 1, 2]), 3);
  dialAll(plan);
  const [slow] = asksOf(plan, 0);
  assert.ok(slow !== undefined);
  assert.deepEqual(asksOf(plan, 1_999), []);
  const [rescue, ...more] = asksOf(plan, 2_000);
  assert.ok(rescue !== undefined && rescue.connection !== slow.connection && more.length === 0);
  assert.deepEqual(asksOf(plan, 9_000), [], 'never a third copy');
  for (const {index} of rescue.files) assert.equal(plan.received(index, 9_000), true);
  for (const {index} of slow.files) assert.equal(plan.received(index, 9_001), false);
});

test('what a limit of the rate holds up for all is not asked for twice', () => {
  const plan = planOf(files(40, 100, [0, 1]), 2);
  const [a, b] = dialAll(plan);
  assert.ok(a !== undefined && b !== undefined);
  const asked = asksOf(plan, 0);
  for (const {connection, ticket, files: all} of asked.filter((step) => step.connection === b)) {
    plan.heard(connection, 3_000);
    plan.ended(connection, ticket);
    for (const {index} of all) plan.received(index, 3_000);
  }
  plan.heard(a, 3_000);
  assert.deepEqual(asksOf(plan, 3_000), []);
  assert.equal(wakeOf(plan, 3_000), 5_000);
  assert.deepEqual(asksOf(plan, 5_999), []);
  assert.equal(asksOf(plan, 6_000).length, 1, 'twice as long as the other one took');
});

test('a file that came wrong is asked of another server, never again of the one that sent it', () => {
  const plan = planOf(files(1, 100, [0, 1]), 2);
  const connections = dialAll(plan);
  const [first] = asksOf(plan, 0);
  assert.ok(first !== undefined);
  plan.ended(first.connection, first.ticket);
  assert.equal(plan.received(0, 1), true);
  plan.missed(0, connections.indexOf(first.connection));
  const [again] = asksOf(plan, 2);
  assert.ok(again !== undefined && again.connection !== first.connection);
});

test('without any news for too long everything is handed over', () => {
  const plan = planOf(files(3, 100), 1);
  const [connection] = dialAll(plan);
  asksOf(plan, 0);
  assert.ok(connection !== undefined);
  plan.closed(connection, 'failed', 1);
  const step = untilWait(plan, 60_000).at(-1);
  assert.equal(step?.kind, 'hand-over');
  assert.deepEqual(plan.next(60_001, true), {kind: 'over'});
});

test('two addresses of one server count once, and one without bundles not at all', () => {
  const plan = planOf(files(50, 100, [0, 1, 2]), 3);
  const dials = untilWait(plan, 0).filter((step) => step.kind === 'dial');
  assert.deepEqual(
    dials.map(({connection}, at) => plan.welcomed(connection, at === 2 ? 'c' : 'a', at !== 2)),
    [true, false, false],
  );
  assert.deepEqual(
    [0, 1, 2].map((server) => plan.isOut(server)),
    [false, true, true],
  );
});

test('a backup is asked for nothing while another server has the files, busy or not', () => {
  const plan = planOf(files(40, 100, [0, 1]), 2, {backups: [1]});
  const dials = untilWait(plan, 0).filter((step) => step.kind === 'dial');
  assert.deepEqual(
    dials.map(({server}) => server),
    [0],
  );
  const [usual] = dials;
  assert.ok(usual !== undefined && plan.welcomed(usual.connection, 'usual', true));
  assert.ok(asksOf(plan, 0).length > 0);
  plan.busy(usual.connection, 60_000);
  assert.deepEqual(untilWait(plan, 1), []);
});

test('a backup brings bundles once the usual server is lost, and rests when that one is back', () => {
  const plan = planOf(files(100, 100, [0, 1]), 2, {backups: [1]});
  const [usual] = dialAll(plan);
  assert.ok(usual !== undefined);
  asksOf(plan, 0);
  plan.closed(usual, 'failed', 10);
  const dials = untilWait(plan, 10).filter((step) => step.kind === 'dial');
  const [backup] = dials;
  assert.deepEqual([dials.length, backup?.server], [1, 1]);
  assert.ok(backup !== undefined && plan.welcomed(backup.connection, 'backup', true));
  const asked = asksOf(plan, 10);
  assert.deepEqual(
    asked.flatMap(({files: all}) => all.map(({index}) => index)),
    range(0, 20),
    'what the lost one had out comes first',
  );

  const [again] = untilWait(plan, 20_000).filter((step) => step.kind === 'dial');
  assert.ok(again?.server === 0);
  const [early, late] = asked;
  assert.ok(early !== undefined && late !== undefined);
  plan.ended(early.connection, early.ticket);
  for (const {index} of early.files) plan.received(index, 20_000);
  const [further] = asksOf(plan, 20_000);
  assert.ok(further?.connection === backup.connection, 'until it has come back it is not counted on');
  assert.ok(plan.welcomed(again.connection, 'usual', true));
  for (const {connection, ticket, files: all} of [late, further]) {
    plan.ended(connection, ticket);
    for (const {index} of all) plan.received(index, 20_001);
  }
  const steps = untilWait(plan, 20_001);
  assert.ok(steps.some((step) => step.kind === 'leave' && step.connection === backup.connection));
  assert.ok(steps.every((step) => step.kind !== 'ask' || step.connection === again.connection));
});

test('a backup takes over what a usual server has become silent about, and nothing of one that is slow', () => {
  const plan = planOf(files(5, 100, [0, 1]), 2, {backups: [1]});
  const [usual] = dialAll(plan);
  assert.ok(usual !== undefined);
  asksOf(plan, 0);
  for (let atMs = 0; atMs <= 10_000; atMs += 1_000) {
    plan.heard(usual, atMs);
    assert.deepEqual(untilWait(plan, atMs), []);
  }
  assert.equal(wakeOf(plan, 10_000), 12_000);
  const [dial] = untilWait(plan, 12_000).filter((step) => step.kind === 'dial');
  assert.ok(dial?.server === 1 && plan.welcomed(dial.connection, 'backup', true));
  const [rescue] = asksOf(plan, 12_000);
  assert.deepEqual([rescue?.connection, rescue?.files.length], [dial.connection, 5]);
});

test('what only backups have, or all others have refused, is asked of backups at once', () => {
  const plan = planOf([...files(5, 100, [1]), ...files(5, 100, [0, 1], 5)], 2, {backups: [1]});
  const [usual, backup] = dialAll(plan);
  const asked = asksOf(plan, 0);
  const indexesOf = (connection: number | undefined) =>
    asked
      .filter((step) => step.connection === connection)
      .flatMap(({files: all}) => all.map(({index}) => index));
  assert.deepEqual([indexesOf(usual), indexesOf(backup)], [range(5, 10), range(0, 5)]);
  for (const {connection, ticket} of asked) plan.ended(connection, ticket);
  for (const index of range(0, 5)) assert.ok(plan.received(index, 1));
  for (const index of range(5, 10)) plan.missed(index, 0);
  const [second] = asksOf(plan, 1);
  assert.deepEqual([second?.connection, second?.files.length], [backup, 5]);
});

test('another name of a server that is lost takes its place', () => {
  const plan = planOf(files(5, 100, [0, 1]), 2);
  const dials = untilWait(plan, 0).filter((step) => step.kind === 'dial');
  const [first, second] = dials;
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(plan.welcomed(first.connection, 'one', true));
  plan.closed(first.connection, 'failed', 1);
  assert.ok(plan.welcomed(second.connection, 'one', true));
  assert.equal(asksOf(plan, 1).length, 1);
});

test('whatever happens, every file is settled once and the plan comes to its end', () => {
  for (let seed = 1; seed <= 60; seed++) randomRun(seed);
});

/** Servers that send, refuse, lie, are busy and are lost, at random; all files must end. */
function randomRun(seed: number): void {
  const random = seededRandom(seed);
  const servers = between(random, 1, 4);
  const all = Array.from({length: between(random, 1, 120)}, (_, index) => ({
    ...fileOf(index, between(random, 0, 400)),
    servers: Array.from({length: servers}, (__, server) => server).filter(() => random() < 0.8),
  })).filter((file) => file.servers.length > 0);
  const backups = Array.from({length: servers}, (_, server) => server).filter(() => random() < 0.3);
  const plan = planOf(all, servers, {random, backups});
  const ended = new Map<number, string>();
  const end = (index: number, how: string): void => {
    assert.ok(!ended.has(index), `seed ${seed}: file ${index} ended twice`);
    ended.set(index, how);
  };
  const serverOf = new Map<number, number>();
  let out: Asked[] = [];
  let nowMs = 0;
  for (let turn = 0; turn < 10_000; turn++) {
    const step = plan.next(nowMs, random() < 0.95);
    if (step.kind === 'over') {
      assert.equal(ended.size, all.length, `seed ${seed}`);
      return;
    }
    if (step.kind === 'dial') {
      serverOf.set(step.connection, step.server);
      if (random() < 0.9) plan.welcomed(step.connection, `${step.server}`, true);
      else plan.closed(step.connection, 'failed', nowMs);
    } else if (step.kind === 'ask') out.push(step);
    else if (step.kind === 'leave') assert.ok(out.every(({connection}) => connection !== step.connection));
    else if (step.kind === 'hand-over') for (const {index} of step.files) end(index, 'handed over');
    else if (step.kind === 'wait') {
      const bundle = out.splice(Math.floor(random() * out.length), 1)[0];
      nowMs = bundle === undefined ? Math.max(nowMs + 1, step.untilMs) : nowMs + between(random, 1, 300);
      if (bundle !== undefined) finish(bundle);
    }
  }
  assert.fail(`seed ${seed}: no end`);

  function finish(bundle: Asked): void {
    const {connection, ticket, files: asked} = bundle;
    const server = serverOf.get(connection) ?? 0;
    const luck = random();
    if (luck < 0.05) {
      plan.closed(connection, 'failed', nowMs);
      out = out.filter((other) => other.connection !== connection);
      return;
    }
    plan.ended(connection, ticket);
    if (luck < 0.15) {
      plan.busy(connection, nowMs + 500);
      for (const {index} of asked) plan.missed(index, null);
      return;
    }
    for (const {index} of asked) {
      if (random() < 0.05) plan.missed(index, server);
      else if (plan.received(index, nowMs)) {
        if (random() < 0.02) {
          plan.missed(index, server);
          const gone = new Set(plan.excluded(server));
          out = out.filter((other) => !gone.has(other.connection));
        } else {
          plan.settled(index);
          end(index, 'stored');
        }
      }
    }
  }
}

interface PlanTraits {
  readonly random?: () => number;
  readonly backups?: readonly number[];
}

function planOf(
  all: readonly SmallFile[],
  servers: number,
  {random = () => 0.5, backups = []}: PlanTraits = {},
): BundlePlan {
  return new BundlePlan({
    files: all,
    servers,
    backups: new Set(backups),
    connectionsMax: 1,
    bundleBytes: BUNDLE_BYTES,
    giveUpAfterMs: 60_000,
    startedAtMs: 0,
    random,
  });
}

function fileOf(index: number, size: number): SmallFile {
  return {index, name: `${index}`, root: `${index}`.padStart(64, '0'), size, servers: [0]};
}

function files(count: number, size: number, servers: readonly number[] = [0], first = 0): SmallFile[] {
  return range(first, first + count).map((index) => ({...fileOf(index, size), servers}));
}

/** Opens a connection to each server; returns their numbers. */
function dialAll(plan: BundlePlan): number[] {
  const dials = untilWait(plan, 0).filter((step) => step.kind === 'dial');
  for (const {connection, server} of dials) assert.ok(plan.welcomed(connection, `instance ${server}`, true));
  return dials.map(({connection}) => connection);
}

function asksOf(plan: BundlePlan, nowMs: number): Asked[] {
  return untilWait(plan, nowMs).filter((step): step is Asked => step.kind === 'ask');
}

function untilWait(plan: BundlePlan, nowMs: number): BundleStep[] {
  const steps: BundleStep[] = [];
  for (;;) {
    const step = plan.next(nowMs, true);
    if (step.kind === 'wait' || step.kind === 'over') return steps;
    steps.push(step);
  }
}

function wakeOf(plan: BundlePlan, nowMs: number): number {
  const step = plan.next(nowMs, true);
  assert.ok(step.kind === 'wait');
  return step.untilMs;
}

function range(first: number, end: number): number[] {
  return Array.from({length: end - first}, (_, at) => first + at);
}
