import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type LostProcess,
  type ProcessEvent,
  superviseProcesses,
} from '../../../src/actors/server-processes/supervisor.js';
import {PROCESS_RESTART_MS} from '../../../src/limits.js';
import {VirtualClock} from '../../support/virtual-clock.js';

const HERE = {host: '127.0.0.1', port: 9000};

/** Processes that do what a test says: what was started, and a way to let something happen to it. */
class Processes {
  readonly clock = new VirtualClock();
  readonly stop = new AbortController();
  readonly lost: LostProcess[] = [];
  readonly started: number[] = [];
  readonly stopped: number[] = [];
  readonly #tell = new Map<number, (event: ProcessEvent) => void>();

  supervise(count: number) {
    return superviseProcesses({
      count,
      clock: this.clock,
      signal: this.stop.signal,
      onLost: (lost) => this.lost.push(lost),
      start: (number, tell) => {
        this.started.push(number);
        this.#tell.set(number, tell);
        return {send: () => void this.stopped.push(number)};
      },
    });
  }

  async happens(number: number, event: ProcessEvent): Promise<void> {
    this.#tell.get(number)?.(event);
    await settled();
  }

  listens(number: number): Promise<void> {
    const metricsAddress = {...HERE, port: 9100 + number};
    return this.happens(number, {kind: 'listening', addresses: [HERE], metricsAddress});
  }

  ends(number: number, how = 'SIGKILL'): Promise<void> {
    return this.happens(number, {kind: 'ended', how});
  }
}

/** Every promise that can resolve has. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the first process starts alone, the others when it listens; all have an address of their own for metrics', async () => {
  const processes = new Processes();
  const supervised = processes.supervise(3);
  assert.deepEqual(processes.started, [1]);
  await processes.listens(1);
  assert.deepEqual(processes.started, [1, 2, 3]);
  await processes.listens(3);
  await processes.listens(2);
  const {addresses, metricsAddresses} = await supervised;
  assert.deepEqual(addresses, [HERE]);
  assert.deepEqual(
    metricsAddresses.map(({port}) => port),
    [9101, 9102, 9103],
  );
});

test('what the first fails with is thrown when it has ended, and no other is started', async () => {
  const processes = new Processes();
  const supervised = processes.supervise(2);
  supervised.catch(() => {});
  await processes.happens(1, {kind: 'failed', code: 'port-in-use', message: 'taken', hint: 'another'});
  await processes.ends(1, 'exit code 1');
  await assert.rejects(supervised, {code: 'port-in-use', message: 'taken', hint: 'another'});
  assert.deepEqual(processes.started, [1]);
});

test('when a later one fails at the start, all end before that is thrown', async () => {
  const processes = new Processes();
  let isOver = false;
  const supervised = processes.supervise(2).finally(() => {
    isOver = true;
  });
  supervised.catch(() => {});
  await processes.listens(1);
  await processes.happens(2, {kind: 'failed', code: 'port-in-use', message: 'taken', hint: null});
  await processes.ends(2, 'exit code 1');
  assert.deepEqual(processes.stopped, [1]);
  assert.equal(isOver, false, 'the first still runs');
  await processes.ends(1, 'exit code 0');
  await assert.rejects(supervised, {code: 'port-in-use'});
});

test('one that is lost is replaced after a while, again and again, and the others go on', async () => {
  const processes = new Processes();
  const supervised = processes.supervise(2);
  await processes.listens(1);
  await processes.listens(2);
  const {ended} = await supervised;
  await processes.ends(2);
  assert.deepEqual(processes.lost, [{number: 2, how: 'SIGKILL'}]);
  processes.clock.advance(PROCESS_RESTART_MS - 1);
  assert.deepEqual(processes.started, [1, 2]);
  processes.clock.advance(1);
  assert.deepEqual(processes.started, [1, 2, 2]);
  await processes.ends(2, 'exit code 1');
  assert.equal(processes.lost.length, 2, 'it never listened, and is tried again');
  processes.clock.advance(PROCESS_RESTART_MS);
  await processes.listens(2);
  assert.deepEqual(processes.stopped, []);
  assert.equal(await Promise.race([ended.then(() => 'ended'), settled().then(() => 'runs')]), 'runs');
});

test('asked to stop, all are told; it ends with the last of them and starts none anew', async () => {
  const processes = new Processes();
  const supervised = processes.supervise(3);
  for (const number of [1, 2, 3]) await processes.listens(number);
  const {ended} = await supervised;
  await processes.ends(3);
  processes.stop.abort();
  assert.deepEqual(processes.stopped, [1, 2]);
  assert.equal(processes.clock.pending, 0, 'the replacement of the third is called off');
  await processes.ends(1, 'exit code 0');
  await processes.ends(2, 'exit code 0');
  await ended;
  assert.deepEqual(processes.started, [1, 2, 3]);
  assert.equal(processes.lost.length, 1);
});
