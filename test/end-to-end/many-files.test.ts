import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {encodeServer} from '../../src/protocol/codec.js';
import {
  assertSameTree,
  bytesOf,
  finishedSet,
  offerTree,
  resultOf,
  SET_DEADLINE_MS,
  startSet,
} from '../support/file-sets.js';
import {contentsOf, sameBytes} from '../support/files.js';
import {asOtherServer} from '../support/other-server.js';
import {MIB, Scene} from '../support/scenario.js';
import {until} from '../support/wait.js';

/** Files of the tree that is interrupted. All kinds are among them; `FDL_TEST_TREE=2000` takes more, and minutes. */
const TREE_FILES = Number(process.env['FDL_TEST_TREE'] ?? 120);
/** Files of more than a block. */
const LARGE = 10;

test('a tree of odd names and sizes arrives equal, interrupted three times', async (t) => {
  const scene = new Scene(t, 'tree');
  const names = offerTree(scene, TREE_FILES);
  const server = await scene.server(names, ['--in-place']);
  const proxies = await Promise.all(
    [1, 2].map((it) => scene.proxy(server, {...asOtherServer(it), toClient: {bytesPerSecond: 8_000_000}})),
  );
  const into = scene.newFolder('target');
  let fetched = 0;
  for (const signal of ['SIGKILL', 'SIGINT', 'SIGKILL'] as const) {
    const run = startSet(scene, proxies, ['--all', '--output', into]);
    await until(
      `some more bytes before ${signal}`,
      SET_DEADLINE_MS,
      () => bytesOf(proxies) > fetched + 4 * MIB,
    );
    run.signal(signal);
    const exit = await run.exit();
    if (signal === 'SIGINT') assert.equal(exit.code, 130, exit.stderr);
    else assert.equal(exit.signal, signal, exit.stderr);
    fetched = bytesOf(proxies);
    // Whatever has its name is right, at every moment.
    for (const name of contentsOf(into).filter((it) => names.includes(it)))
      assert.ok(sameBytes(join(into, name), join(scene.served, name)), name);
  }
  const {result} = await finishedSet(startSet(scene, proxies, ['--all', '--output', into]));

  assertSameTree(scene, into, names);
  assert.equal(result.files, names.length);
  assert.equal(result.stored + result.alreadyComplete, names.length);
  assert.ok(result.alreadyComplete > 0, 'nothing of the earlier runs was used');
  assert.ok(result.resumedBytes > 0 && result.storedBytes < result.bytes);
});

test('many small files come with few requests, and large ones over the connections of others', async (t) => {
  const scene = new Scene(t, 'small');
  const names = Array.from({length: 300}, (_, index) => `d${index % 7}/${index}.bin`);
  for (const [index, name] of names.entries()) scene.offer(name, 2_000, index);
  const large = Array.from({length: LARGE}, (_, index) => `large/${index}.bin`);
  for (const [index, name] of large.entries()) scene.offer(name, MIB + 1, index);
  const server = await scene.server([...names, ...large], ['--in-place']);
  let bundles = 0;
  const proxy = await scene.proxy(server, {
    control: ({message}) => {
      if (message?.type === 'end' && message.status.kind === 'delivered') bundles++;
      return 'pass';
    },
  });
  const {result, folder} = await finishedSet(startSet(scene, [proxy], ['**', '--connections', '1']));
  assertSameTree(scene, folder, [...names, ...large]);
  assert.equal(result.storedBytes, 300 * 2_000 + LARGE * (MIB + 1));
  assert.ok(bundles >= 2 && bundles <= 5, `${bundles} bundles`);
  // One asks for the listing, one fetches bundles, and two large files go on beside each other.
  assert.ok(proxy.counts.connections <= 5, `${proxy.counts.connections} connections`);
});

test('a lying, a busy and a lost server cost a set nothing but themselves', async (t) => {
  const scene = new Scene(t, 'trouble');
  const names = offerTree(scene, 80);
  const server = await scene.server(names, ['--in-place']);
  const busy = await scene.server(names, ['--in-place', '--max-transfers', '1']);
  const rate = {bytesPerSecond: 20_000_000};
  const lying = await scene.proxy(server, {...asOtherServer(1), toClient: {...rate, corruptEvery: 4}});
  const lost = await scene.proxy(server, {...asOtherServer(2), toClient: {...rate, resetAfter: 600_000}});
  const honest = await scene.proxy(server, {...asOtherServer(3), toClient: rate});
  const {result, folder} = await finishedSet(startSet(scene, [lying, lost, busy, honest], ['--all']));

  assertSameTree(scene, folder, names);
  assert.deepEqual(
    result.servers.filter(({banned}) => banned !== null).map(({address}) => address),
    [lying.address],
  );
  const {receivedBytes, storedBytes, wastedBytes, servers} = result;
  assert.equal(receivedBytes, storedBytes + wastedBytes);
  assert.equal(
    receivedBytes,
    servers.reduce((sum, {bytes}) => sum + bytes, 0),
  );
});

test('a small file of two versions fails with exit 5, and the others come', async (t) => {
  const scene = new Scene(t, 'versions');
  const other = scene.newFolder('other');
  for (const name of ['a.bin', 'b.bin', 'c.bin']) {
    scene.offer(name, 5_000, name.length);
    scene.offer(name, 5_000, name === 'b.bin' ? 99 : name.length, other);
  }
  const names = ['a.bin', 'b.bin', 'c.bin'];
  const servers = [await scene.server(names), await scene.server(names, [], other)];
  const run = startSet(scene, servers, names);
  const exit = await run.exit();
  assert.equal(exit.code, 5, exit.stderr);
  const result = resultOf(exit);
  assert.deepEqual(
    result.rows.map(({file, outcome, error}) => [file, outcome, error?.exitCode ?? 0]),
    [
      ['a.bin', 'stored', 0],
      ['b.bin', 'failed', 5],
      ['c.bin', 'stored', 0],
    ],
  );
  assert.deepEqual(contentsOf(run.folder), ['a.bin', 'c.bin']);
});

test('what is there is not fetched again, other content is not touched without --force', async (t) => {
  const scene = new Scene(t, 'there');
  const names = ['d/a.bin', 'd/b.bin', 'd/c.bin'];
  for (const name of names) scene.offer(name, 3_000);
  const server = await scene.server(names);
  const into = scene.newFolder('target');
  put(into, 'd/a.bin', readFileSync(join(scene.served, 'd/a.bin')));
  put(into, 'd/b.bin', Buffer.from('mine'));
  const refused = await startSet(scene, [server], ['d/', '--output', into]).exit();
  assert.equal(refused.code, 8, refused.stderr);
  const first = resultOf(refused);
  assert.deepEqual(
    first.rows.map(({outcome}) => outcome),
    ['already-complete', 'failed', 'stored'],
  );
  assert.equal(readFileSync(join(into, 'd/b.bin'), 'utf8'), 'mine');
  const {result} = await finishedSet(startSet(scene, [server], ['d/', '--output', into, '--force']));
  assert.equal(result.alreadyComplete, 2);
  assertSameTree(scene, into, names);
});

test('no name and no link leads out of the output folder', async (t) => {
  const scene = new Scene(t, 'escape');
  const names = ['ok/a.bin', 'linked/b.bin', 'c.bin'];
  for (const name of names) scene.offer(name, 3_000);
  const server = await scene.server(names);
  const into = scene.newFolder('target');
  const elsewhere = scene.newFolder('elsewhere');
  symlinkSync(elsewhere, join(into, 'linked'));
  symlinkSync(join(elsewhere, 'c.bin'), join(into, 'c.bin'));
  const exit = await startSet(scene, [server], ['--all', '--output', into]).exit();
  assert.equal(exit.code, 8, exit.stderr);
  assert.match(exit.stderr, /symbolic link/);
  assert.deepEqual(contentsOf(elsewhere), []);
  assert.deepEqual(contentsOf(into).sort(), ['c.bin', 'linked', 'ok/', 'ok/a.bin']);

  const hostile = await scene.proxy(server, {
    control: ({message}) => {
      if (message?.type !== 'listing') return 'pass';
      const entries = message.entries.map((entry) => ({...entry, name: `../elsewhere/${entry.name}`}));
      return {replace: [encodeServer({...message, entries})]};
    },
  });
  const failed = await startSet(scene, [hostile], ['--all', '--output', into]).exit();
  assert.notEqual(failed.code, 0);
  assert.match(failed.stderr, /a name that may not travel/);
  assert.deepEqual(contentsOf(elsewhere), []);
});

test('wrong input is told in words, with what would be close', async (t) => {
  const scene = new Scene(t, 'wrong');
  scene.offer('models/a.bin', 100);
  const server = await scene.server(['models/a.bin']);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['modles/'], 4, /'modles\/'.*\n.*Did you mean 'models\/'/],
    [['*.zip', 'models/*'], 4, /\*\.zip: no file/],
    [['models/b.bin', 'models/a.bin'], 4, /models\/b\.bin.*\n.*Did you mean 'models\/a\.bin'/],
    [['../x', 'models/a.bin'], 2, /'\.\.'/],
    [['--all', '--root', 'a'.repeat(64)], 2, /--root is about one file/],
    [['--input-file', 'missing.txt'], 2, /there is no missing\.txt/],
  ];
  for (const [words, code, says] of cases) {
    const exit = await startSet(scene, [server], words).exit();
    assert.equal(exit.code, code, `${words.join(' ')}: ${exit.stderr}`);
    assert.match(exit.stderr, says);
  }
});

function put(folder: string, name: string, content: Buffer): void {
  mkdirSync(dirname(join(folder, name)), {recursive: true});
  writeFileSync(join(folder, name), content);
}
