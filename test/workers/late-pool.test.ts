import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import {lateWorkers} from '../../src/workers/late-pool.js';
import type {Workers} from '../../src/workers/pool.js';

test('tasks given before the threads have started are done, and close waits for the start', async () => {
  const workers = lateWorkers({threads: 1});
  const echo = workers.run('self-test', {echo: 7});
  await workers.close();
  assert.deepEqual(await echo, {echo: 7});
});

test('threads that cannot start fail every task with the reason, and closing is no error', async () => {
  const reason = new FdlError('unexpected', 'no threads here');
  const workers = lateWorkers({}, () => Promise.reject<Workers>(reason));
  await assert.rejects(workers.run('self-test', {echo: 1}), reason);
  await workers.close();
  await assert.rejects(workers.run('self-test', {echo: 2}), reason);
});

test('threads start with the first task or when told to, once, and not after the close', async () => {
  let starts = 0;
  const start = () => {
    starts += 1;
    return Promise.reject<Workers>(new FdlError('unexpected', 'no threads here'));
  };
  const told = lateWorkers({}, start);
  assert.equal(starts, 0);
  told.start();
  await assert.rejects(told.run('self-test', {echo: 1}), {message: 'no threads here'});
  told.start();
  assert.equal(starts, 1);
  const closed = lateWorkers({}, start);
  await closed.close();
  closed.start();
  await assert.rejects(closed.run('self-test', {echo: 1}), {code: 'unexpected'});
  assert.equal(starts, 1);
});
