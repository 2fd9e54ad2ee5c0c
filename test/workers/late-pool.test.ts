import assert from 'node:assert/strict';
import {test} from 'node:test';
import {FdlError} from '../../src/errors.js';
import {startWorkersLate} from '../../src/workers/late-pool.js';
import type {Workers} from '../../src/workers/pool.js';

test('tasks given before the threads have started are done, and close waits for the start', async () => {
  const workers = startWorkersLate({threads: 1});
  const echo = workers.run('self-test', {echo: 7});
  await workers.close();
  assert.deepEqual(await echo, {echo: 7});
});

test('threads that cannot start fail every task with the reason, and closing is no error', async () => {
  const reason = new FdlError('unexpected', 'no threads here');
  const workers = startWorkersLate({}, () => Promise.reject<Workers>(reason));
  await assert.rejects(workers.run('self-test', {echo: 1}), reason);
  await workers.close();
  await assert.rejects(workers.run('self-test', {echo: 2}), reason);
});
