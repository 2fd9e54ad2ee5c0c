import assert from 'node:assert/strict';
import {test} from 'node:test';

import {inScope} from '../../bench/harness/scope.js';

test('what a part of a suite has started ends with the part, last first, and once', async () => {
  const said: string[] = [];
  const suite: (() => void | Promise<void>)[] = [];
  const failure = inScope({after: (action) => void suite.push(action)}, async (cleanup) => {
    cleanup.after(() => void said.push('link'));
    cleanup.after(() => void said.push('server'));
    throw new Error('stopped');
  });
  await assert.rejects(failure, /stopped/);
  assert.deepEqual(said, ['server', 'link']);
  for (const action of suite) await action();
  assert.deepEqual(said, ['server', 'link']);
});

test('a part that is interrupted ends with its suite', async () => {
  const said: string[] = [];
  const suite: (() => void | Promise<void>)[] = [];
  void inScope({after: (action) => void suite.push(action)}, (cleanup) => {
    cleanup.after(() => void said.push('link'));
    return new Promise(() => {});
  });
  for (const action of suite) await action();
  assert.deepEqual(said, ['link']);
});
