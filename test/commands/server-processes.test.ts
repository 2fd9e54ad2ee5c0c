import assert from 'node:assert/strict';
import {test} from 'node:test';
import {checkProcesses, type ProcessesFlags, partOf} from '../../src/commands/support/server-processes.js';

const FLAGS: ProcessesFlags = {
  dir: 'files',
  host: '127.0.0.1',
  processes: 3,
  'max-transfers': 32,
  'metrics-host': '127.0.0.1',
};

test('transfers are shared out, and none is lost', () => {
  const shares = [1, 2, 3].map((number) => partOf(FLAGS, number)['max-transfers']);
  assert.deepEqual(shares, [11, 11, 10]);
});

test('each process has a port for metrics and a trace of its own', () => {
  const flags = {...FLAGS, 'metrics-port': 9100, trace: '/var/log/serve.ndjson'};
  assert.equal(partOf(flags, 2)['metrics-port'], 9101);
  assert.equal(partOf(flags, 2).trace, '/var/log/serve.2.ndjson');
  assert.equal(partOf({...flags, 'metrics-port': 0, trace: 'trace'}, 2)['metrics-port'], 0);
  assert.equal(partOf({...flags, trace: 'trace'}, 2).trace, 'trace.2');
});

test('what several processes cannot do is refused with what to do instead', () => {
  const refused: readonly Partial<ProcessesFlags>[] = [
    {'limit-rate': 1_000},
    {inspect: true},
    {'inspect-port': 0},
    {'max-transfers': 2},
  ];
  for (const flags of refused) {
    assert.throws(
      () => checkProcesses({...FLAGS, ...flags}),
      {code: 'usage', hint: /./},
      JSON.stringify(flags),
    );
    checkProcesses({...FLAGS, ...flags, processes: 1});
  }
  checkProcesses(FLAGS);
});
