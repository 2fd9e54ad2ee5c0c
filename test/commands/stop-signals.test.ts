import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Cleanup, tempFolder} from '../support/files.js';
import {type Running, startFdl} from '../support/processes.js';

const DEADLINE_MS = 20_000;
const MODULE = new URL('../../src/commands/support/stop-signals.js', import.meta.url).href;

/** Says that it listens; at the first signal says which, and then does what `then` is. */
function script(then: string): string {
  return `
    const {listenForStop} = await import(${JSON.stringify(MODULE)});
    const stop = listenForStop((name) => console.error('got ' + name));
    stop.signal.addEventListener('abort', () => { ${then} });
    setInterval(() => {}, 1_000);
    console.error('listening');
  `;
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`the first ${signal} asks for a clean stop that ends with ${code}`, async (t) => {
    const running = await start(t, 'process.exit(stop.exitCode());');
    running.signal(signal);
    const exit = await running.exit(DEADLINE_MS);
    assert.equal(exit.code, code);
    assert.match(exit.stderr, new RegExp(`got ${signal}`));
  });
}

test('a second signal ends a process at once even while it hangs and runs no JavaScript', async (t) => {
  const hang = 'console.error("hanging"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
  const running = await start(t, hang);
  running.signal('SIGTERM');
  await running.says(/hanging/, DEADLINE_MS);
  running.signal('SIGINT');
  assert.equal((await running.exit(DEADLINE_MS)).signal, 'SIGINT');
});

async function start(t: Cleanup, then: string): Promise<Running> {
  const running = startFdl(t, ['--input-type=module', '--eval', script(then)], {
    cwd: tempFolder(t, 'signals'),
    program: [process.execPath],
  });
  await running.says(/listening/, DEADLINE_MS);
  return running;
}
