import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FleetListing} from '../../src/fleet-report.js';
import {encodeServer} from '../../src/protocol/codec.js';
import {asOtherServer} from '../support/other-server.js';
import {type Exit, runFdl} from '../support/processes.js';
import {assertFails, Scene} from '../support/scenario.js';
import {startScriptedServer, welcoming} from '../support/scripted-server.js';

const UNUSED = '127.0.0.1:9';
const NOT_FOUND = {code: 'file-not-found', message: '', progressPermille: null} as const;

test('list shows who has a file whole, in part, in another version or being indexed, and who does not answer', async (t) => {
  const scene = new Scene(t, 'list');
  const names = ['big.bin', 'models/a.bin', 'x.zip'];
  for (const name of names) scene.offer(name, 1_500_000);
  const whole = await scene.server(names);

  const otherFolder = scene.newFolder('other');
  scene.offer('big.bin', 1_500_000, 1, otherFolder);
  scene.offer('x.zip', 8, 2, otherFolder);
  const behind = await scene.server(['x.zip', 'big.bin'], [], otherFolder);
  // A server that lost the fragment of big.bin.
  const other = await scene.proxy(behind, {
    control: ({message}) => {
      if (message?.type === 'listing') {
        const entries = message.entries.map((entry) => ({...entry, whole: entry.name !== 'big.bin'}));
        return {replace: [encodeServer({...message, entries})]};
      }
      if (message?.type !== 'manifestReply' || message.size === 8) return 'pass';
      return {replace: [encodeServer({...message, fragmentsHere: 0})]};
    },
  });

  // A server that is not done with models/a.bin yet.
  const introduced = asOtherServer(3).control;
  const indexing = await scene.proxy(whole, {
    control: (frame) => {
      const {message} = frame;
      if (message?.type === 'listing') {
        const entries = message.entries.filter(({name}) => name !== 'models/a.bin');
        return {replace: [encodeServer({...message, entries})]};
      }
      if (message?.type === 'manifest' && message.name === 'models/a.bin') {
        const refusal = {code: 'indexing', message: '', progressPermille: 420} as const;
        return {answer: [encodeServer({type: 'error', id: message.id, refusal})]};
      }
      return introduced?.(frame) ?? 'pass';
    },
  });
  const list = (...args: string[]): Promise<Exit> => {
    const servers = [whole.address, other.address, indexing.address, UNUSED];
    const words = [...args, ...servers.flatMap((address) => ['--server', address])];
    return runFdl(scene.cleanup, ['list', ...words], {cwd: scene.folder});
  };
  const [text, json, folder, nothing, some] = await Promise.all([
    list(),
    list('--json'),
    list('models/', '--quiet'),
    list('X.ZIP'),
    list('x.*', 'nothing*'),
  ]);

  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^NAME +SIZE +MODIFIED +SERVERS$/m);
  assert.match(text.stdout, /^big\.bin +1\.50 MB +\d{4}-\d\d-\d\d \d\d:\d\d +2 of 3, in part on 1$/m);
  assert.match(text.stdout, new RegExp(`^ +${other.address} has 0 of 1 fragment$`, 'm'));
  assert.match(text.stdout, new RegExp(`^models/a\\.bin .* 1 of 3, not on ${other.address}$`, 'm'));
  assert.match(text.stdout, new RegExp(`^ +${indexing.address} is indexing it, 42 % done$`, 'm'));
  assert.match(text.stdout, /^x\.zip .* 2 versions$/m);
  assert.match(text.stdout, new RegExp(`^ +[0-9a-f]{8}… +8 B .* ${other.address}$`, 'm'));
  assert.match(text.stderr, new RegExp(`^warning: ${UNUSED} does not answer: connection refused$`, 'm'));
  assert.match(text.stderr, /^3 files, .* on 3 of 4 servers$/m);

  assert.equal(json.code, 0, json.stderr);
  const {files, servers} = JSON.parse(json.stdout) as FleetListing;
  assert.deepEqual(
    files.map(({name}) => name),
    ['big.bin', 'models/a.bin', 'x.zip'],
  );
  assert.deepEqual(
    files[0]?.versions.map(({partial}) => partial),
    [[{address: other.address, fragmentsHere: 0}]],
  );
  assert.deepEqual(
    servers.map(({status}) => status),
    ['answered', 'answered', 'answered', 'failed'],
  );

  assert.deepEqual([folder.code, folder.stdout.split('\n').length, folder.stderr], [0, 4, '']);
  assertFails(nothing, 4, /no server offers "X\.ZIP"/, /Did you mean "x\.zip"\?/);
  assert.equal(some.code, 4);
  assert.match(some.stdout, /^x\.zip /m);
  assert.match(some.stderr, /no server offers "nothing\*"/);
});

test('list with no server that answers: exit 3, naming each', async (t) => {
  const {cleanup, folder} = new Scene(t, 'list-nobody');
  const exit = await runFdl(cleanup, ['list', '--server', UNUSED, '--json'], {cwd: folder});
  assertFails(exit, 3, /127\.0\.0\.1:9 \(connection refused\)/);
  assert.equal(JSON.parse(exit.stdout).error.code, 'no-server-reachable');
});

test('a list that is longer than a pipe holds arrives whole', async (t) => {
  const {cleanup, folder} = new Scene(t, 'list-long');
  const names = Array.from(
    {length: 1_000},
    (_, index) => `${String(index).padStart(4, '0')}-${'n'.repeat(190)}`,
  );
  const {port} = await startScriptedServer(
    cleanup,
    welcoming(({id, ...message}) => {
      if (message.type !== 'list') return [{type: 'error', id, refusal: NOT_FOUND}];
      const first = message.after === '' ? 0 : names.indexOf(message.after) + 1;
      const page = names.slice(first, first + 200);
      const entries = page.map((name) => ({name, size: 1, root: 'ab'.repeat(32), whole: true}));
      return [{type: 'listing', id, entries, more: first + page.length < names.length}];
    }),
  );
  const exit = await runFdl(cleanup, ['list', '--server', `127.0.0.1:${port}`, '--json'], {cwd: folder});
  assert.equal(exit.code, 0, exit.stderr);
  assert.deepEqual(
    (JSON.parse(exit.stdout) as FleetListing).files.map(({name}) => name),
    names,
  );
});
