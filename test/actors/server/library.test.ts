import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import type {ServerMessage} from '../../../src/protocol/messages.js';
import {type Cleanup, tempFolder} from '../../support/files.js';
import {type Fetched, RawClient} from '../../support/raw-client.js';
import {
  bytesOf,
  closeSharedWorkers,
  folderWith,
  put,
  startTestServer,
  type TestServer,
  TINY,
} from '../../support/test-server.js';
import {until} from '../../support/wait.js';
import {mountTmpfs} from '../store/tmpfs.js';

after(closeSharedWorkers);

const SIZE = 2 * TINY.fragmentBytes + 100;
const DEADLINE_MS = 20_000;

test('fragments lie where people expect them, and x.zip does not meet x1.zip', async (t) => {
  const folder = folderWith(t, {
    'x.zip': bytesOf(SIZE),
    'x1.zip': bytesOf(10),
    'sub/a.tar.gz': bytesOf(SIZE),
    data: 'd',
  });
  const server = await startTestServer(t, folder);
  for (const name of ['x.zip', 'x1.zip', 'sub/a.tar.gz', 'data']) await server.ready(name);
  const fragments = (name: string) => readdirSync(join(folder, 'fragments', name)).sort();
  assert.deepEqual(fragments('x.zip'), ['index.blocks', 'index.json', 'x1.zip', 'x2.zip', 'x3.zip']);
  assert.deepEqual(fragments('x1.zip'), ['index.blocks', 'index.json', 'x11.zip']);
  assert.deepEqual(fragments('sub/a.tar.gz'), [
    'a.tar1.gz',
    'a.tar2.gz',
    'a.tar3.gz',
    'index.blocks',
    'index.json',
  ]);
  assert.deepEqual(fragments('data'), ['data1', 'index.blocks', 'index.json']);
  assert.deepEqual(
    fragments('.').sort(),
    ['data', 'sub', 'x.zip', 'x1.zip'],
    'no temporary folder, no claim is left',
  );
  const joined = Buffer.concat(
    [1, 2, 3].map((n) => readFileSync(join(folder, 'fragments', 'x.zip', `x${n}.zip`))),
  );
  assert.ok(joined.equals(bytesOf(SIZE)));
});

test('a second start of an unchanged folder hashes nothing', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE), 'sub/b.bin': 'b'});
  const first = await startTestServer(t, folder);
  for (const name of ['a.bin', 'sub/b.bin']) assert.equal((await first.ready(name)).hashed, true);
  await first.cut();
  const before = statSync(join(folder, 'fragments/a.bin/index.json'), {bigint: true});
  const second = await startTestServer(t, folder);
  for (const name of ['a.bin', 'sub/b.bin']) assert.equal((await second.ready(name)).hashed, false);
  assert.equal(statSync(join(folder, 'fragments/a.bin/index.json'), {bigint: true}).mtimeNs, before.mtimeNs);
});

test('files that are added, replaced, truncated and removed while it runs are noticed', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const server = await startTestServer(t, folder);
  const first = await server.ready('a.bin');
  put(folder, 'new/b.bin', 'b');
  await server.ready('new/b.bin');

  let from = server.notices.length;
  put(folder, 'a.bin', bytesOf(SIZE, 2));
  await server.says('file-withdrawn', ({name, reason}) => name === 'a.bin' && reason === 'replaced', from);
  const second = await server.ready('a.bin', from);
  assert.notEqual(second.root, first.root);
  assert.deepEqual(
    (await fetched(t, server, 'a.bin', second.root, 2)).bytes,
    bytesOf(SIZE, 2).subarray(4_096, 8_192),
  );
  assert.equal(codeOf((await fetched(t, server, 'a.bin', first.root, 1)).status), 'stale-root');

  from = server.notices.length;
  truncateSync(join(folder, 'a.bin'), 10);
  assert.equal((await server.ready('a.bin', from)).size, 10);

  from = server.notices.length;
  rmSync(join(folder, 'a.bin'));
  await server.says('file-withdrawn', ({name, reason}) => name === 'a.bin' && reason === 'removed', from);
  await notFound(t, server, 'a.bin');
  // The fragments of what is gone are no copy: they are not offered again.
  await server.cut();
  const again = await startTestServer(t, folder);
  await again.ready('new/b.bin');
  await notFound(t, again, 'a.bin');
});

test('a replaced file of the same size and time is another version', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const time = new Date('2020-01-01');
  utimesSync(join(folder, 'a.bin'), time, time);
  const server = await startTestServer(t, folder);
  const first = await server.ready('a.bin');
  const from = server.notices.length;
  put(folder, 'a.bin', bytesOf(SIZE, 2));
  utimesSync(join(folder, 'a.bin'), time, time);
  assert.notEqual((await server.ready('a.bin', from)).root, first.root);
});

test('a fetch that is under way is finished from the version it began with', async (t) => {
  for (const inPlace of [false, true]) {
    const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
    const server = await startTestServer(t, folder, {limitBytesPerSecond: 10_000, inPlace});
    const {root} = await server.ready('a.bin');
    const client = await RawClient.greeted(t, server.port);
    client.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
    const first = await client.next();
    assert.equal(first.kind, 'data');
    const from = server.notices.length;
    put(folder, '.next', bytesOf(SIZE, 2));
    renameSync(join(folder, '.next'), join(folder, 'a.bin'));
    await server.says('file-withdrawn', undefined, from);
    const rest = await client.fetched(1);
    assert.deepEqual([rest.blocks, rest.status], [[1, 2, 3], {kind: 'ok'}], `in place: ${inPlace}`);
    assert.ok(rest.bytes.equals(bytesOf(SIZE).subarray(1_024, 4_096)));
    const later = await client.fetch({id: 2, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
    assert.equal(codeOf(later.status), 'stale-root');
  }
});

test('in place: no fragments are written, and bytes that changed under a fetch are never sent', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const server = await startTestServer(t, folder, {
    inPlace: true,
    limitBytesPerSecond: 10_000,
    scanIntervalMs: 60_000,
    settleMs: 0,
  });
  const {root} = await server.ready('a.bin');
  assert.deepEqual(readdirSync(join(folder, 'fragments/a.bin')).sort(), ['index.blocks', 'index.json']);
  assert.ok(
    (await fetched(t, server, 'a.bin', root, 3, 1)).bytes.equals(
      bytesOf(SIZE).subarray(2 * TINY.fragmentBytes),
    ),
  );
  const client = await RawClient.greeted(t, server.port);
  client.send({type: 'fetch', id: 1, name: 'a.bin', root, fragment: 1, firstBlock: 0, count: 4});
  assert.equal((await client.next()).kind, 'data');
  const file = openSync(join(folder, 'a.bin'), 'r+');
  writeSync(file, Buffer.alloc(1_024), 0, 1_024, 3 * 1_024);
  closeSync(file);
  const rest = await client.fetched(1);
  assert.equal(codeOf(rest.status), 'stale-root');
  assert.ok(!rest.blocks.includes(3));
});

test('a folder can change between fragments and in place; what is known is used again', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const fragments = await startTestServer(t, folder);
  const {root} = await fragments.ready('a.bin');
  await fragments.close();
  const inPlace = await startTestServer(t, folder, {inPlace: true});
  assert.equal((await inPlace.ready('a.bin')).hashed, false);
  await inPlace.close();
  rmSync(join(folder, 'fragments'), {recursive: true});
  const onlyInPlace = await startTestServer(t, folder, {inPlace: true});
  await onlyInPlace.ready('a.bin');
  await onlyInPlace.close();
  const again = await startTestServer(t, folder);
  const ready = await again.ready('a.bin');
  assert.deepEqual([ready.hashed, ready.root], [true, root]);
  assert.ok((await fetched(t, again, 'a.bin', root, 1)).bytes.equals(bytesOf(SIZE).subarray(0, 4_096)));
});

test('several servers on one folder: one indexes, all serve the same, and nothing is left over', async (t) => {
  const files = Object.fromEntries(
    Array.from({length: 8}, (_, index) => [`f${index}.bin`, bytesOf(SIZE, index)]),
  );
  const folder = folderWith(t, files);
  const servers = await Promise.all([1, 2, 3].map(() => startTestServer(t, folder)));
  for (const name of Object.keys(files)) {
    const ready = await Promise.all(servers.map((server) => server.ready(name)));
    assert.equal(new Set(ready.map(({root}) => root)).size, 1);
    for (const server of servers) {
      const {root} = await server.ready(name);
      assert.ok(
        (await fetched(t, server, name, root, 2)).bytes.equals(
          files[name]?.subarray(4_096, 8_192) ?? Buffer.of(),
        ),
      );
    }
  }
  const hashed = servers.flatMap(({notices}) =>
    notices.filter((notice) => notice.kind === 'file-ready' && notice.hashed),
  );
  assert.equal(hashed.length, Object.keys(files).length, 'each file is hashed once');
  assert.deepEqual(
    readdirSync(join(folder, 'fragments')).filter((name) => name.startsWith('.')),
    [],
  );
});

test('links, FIFOs and names that may not travel are not offered, and each is told once', async (t) => {
  const folder = folderWith(t, {
    'a.bin': 'a',
    'line\nbreak': 'x',
    'part.fdl-part': 'p',
    '.hidden': 'h',
    'deep/.hidden/x': 'h',
  });
  const outside = tempFolder(t, 'outside');
  writeFileSync(join(outside, 'secret'), 'secret');
  symlinkSync(join(outside, 'secret'), join(folder, 'link'));
  symlinkSync(outside, join(folder, 'linked-folder'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const server = await startTestServer(t, folder);
  await server.ready('a.bin');
  await server.says('file-skipped', ({name}) => name === 'fifo');
  put(folder, 'later', 'l');
  await server.ready('later');
  const skipped = server.notices.flatMap((notice) => (notice.kind === 'file-skipped' ? [notice.name] : []));
  assert.deepEqual(skipped.sort(), ['fifo', 'line\nbreak', 'link', 'linked-folder', 'part.fdl-part']);
  for (const name of ['link', 'linked-folder/secret', 'fifo', 'deep/.hidden/x']) {
    assert.equal(codeOf(await manifest(t, server, name)), 'file-not-found', name);
  }
});

test('a fragment swapped for a link to the outside is not read', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(100)});
  const server = await startTestServer(t, folder);
  const {root} = await server.ready('a.bin');
  const outside = tempFolder(t, 'outside');
  writeFileSync(join(outside, 'a1.bin'), bytesOf(100, 9));
  renameSync(join(folder, 'fragments/a.bin'), join(folder, 'moved'));
  symlinkSync(outside, join(folder, 'fragments/a.bin'));
  assert.equal(codeOf((await fetched(t, server, 'a.bin', root, 1, 1)).status), 'fragment-not-here');
});

test('a reported fragment that is damaged is made anew from the original', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const server = await startTestServer(t, folder);
  const {root} = await server.ready('a.bin');
  const client = await RawClient.greeted(t, server.port);
  const fetch = {name: 'a.bin', root, fragment: 2, firstBlock: 0, count: 4};
  assert.equal((await client.fetch({id: 1, ...fetch})).status.kind, 'ok');
  damageSilently(join(folder, 'fragments/a.bin/a2.bin'));
  client.send({type: 'report', id: 2, root, fragment: 2, block: 0});
  const {outcome} = await server.says('fragment-examined');
  assert.equal(outcome, 'remade');
  // The session that had the damaged file open gets the new one.
  assert.ok((await client.fetch({id: 3, ...fetch})).bytes.equals(bytesOf(SIZE).subarray(4_096, 8_192)));
  await server.cut();
  const again = await startTestServer(t, folder);
  assert.equal((await again.ready('a.bin')).hashed, false, 'the index knows the new fragment');
});

test('a false report is looked into, and not again for a while', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const server = await startTestServer(t, folder);
  const {root} = await server.ready('a.bin');
  const client = await RawClient.greeted(t, server.port);
  for (let id = 1; id <= 50; id++) client.send({type: 'report', id, root, fragment: 1, block: 3});
  for (const wrong of [
    {fragment: 9, block: 0},
    {fragment: 3, block: 1},
  ]) {
    client.send({type: 'report', id: 60, root, ...wrong});
  }
  client.send({type: 'report', id: 70, root, fragment: 3, block: 0});
  await server.says('fragment-examined', ({fragment}) => fragment === 3);
  const examined = server.notices.flatMap((notice) => (notice.kind === 'fragment-examined' ? [notice] : []));
  assert.deepEqual(
    examined.map(({fragment, outcome}) => [fragment, outcome]),
    [
      [1, 'intact'],
      [3, 'intact'],
    ],
  );
});

test('a damaged or missing fragment is never served as good: seen at the next fetch, made anew, then served', async (t) => {
  for (const damage of ['overwrite', 'remove', 'truncate'] as const) {
    const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
    const server = await startTestServer(t, folder);
    const {root} = await server.ready('a.bin');
    const path = join(folder, 'fragments/a.bin/a1.bin');
    if (damage === 'overwrite') writeFileSync(path, bytesOf(TINY.fragmentBytes, 7));
    if (damage === 'remove') rmSync(path);
    if (damage === 'truncate') truncateSync(path, 5);
    const refused = await fetched(t, server, 'a.bin', root, 1);
    assert.deepEqual([codeOf(refused.status), refused.bytes.length], ['fragment-not-here', 0], damage);
    await server.says('fragment-examined', ({outcome}) => outcome === 'remade');
    assert.ok(
      (await fetched(t, server, 'a.bin', root, 1)).bytes.equals(bytesOf(SIZE).subarray(0, 4_096)),
      damage,
    );
  }
});

test('a fragment damaged while no server ran is made anew at the start', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const first = await startTestServer(t, folder);
  const {root} = await first.ready('a.bin');
  await first.cut();
  writeFileSync(join(folder, 'fragments/a.bin/a3.bin'), bytesOf(100, 7));
  const second = await startTestServer(t, folder);
  assert.deepEqual([(await second.ready('a.bin')).hashed, (await second.ready('a.bin')).here], [false, 2]);
  await second.says('fragment-examined', ({outcome}) => outcome === 'remade');
  assert.ok((await fetched(t, second, 'a.bin', root, 3, 1)).bytes.equals(bytesOf(SIZE).subarray(8_192)));
});

test('fragments and index removed as a whole while it runs are made anew', async (t) => {
  const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const server = await startTestServer(t, folder);
  const {root} = await server.ready('a.bin');
  const from = server.notices.length;
  rmSync(join(folder, 'fragments'), {recursive: true});
  const client = await RawClient.greeted(t, server.port);
  assert.equal(
    codeOf(await client.ask({type: 'blockDigests', id: 1, root, fragment: 2})),
    'fragment-not-here',
  );
  const again = await server.ready('a.bin', from);
  assert.deepEqual([again.root, again.hashed], [root, true]);
  assert.equal(
    (await client.ask({type: 'blockDigests', id: 2, root, fragment: 2})).type,
    'blockDigestsReply',
  );
  const {bytes} = await client.fetch({id: 3, name: 'a.bin', root, fragment: 2, firstBlock: 0, count: 4});
  assert.ok(bytes.equals(bytesOf(SIZE).subarray(4_096, 8_192)));
});

test('an index that was cut, edited or copied over is not believed', async (t) => {
  const edits: Record<string, (text: string) => string> = {
    cut: (text) => text.slice(0, -20),
    'another root': (text) => text.replace(/"root":"../, '"root":"00'),
    'another size': (text) => text.replace(/"size":\d+/, '"size":5'),
    'no digests': (text) => text.replace(/"fragmentDigests":"[^"]+"/, '"fragmentDigests":""'),
    'another format': (text) => text.replace('"version":1', '"version":2'),
    'no text': () => '',
  };
  for (const [what, edit] of Object.entries(edits)) {
    const folder = folderWith(t, {'a.bin': bytesOf(SIZE)});
    const first = await startTestServer(t, folder);
    const {root} = await first.ready('a.bin');
    await first.cut();
    const path = join(folder, 'fragments/a.bin/index.json');
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    const second = await startTestServer(t, folder);
    const ready = await second.ready('a.bin');
    assert.deepEqual([ready.hashed, ready.root], [true, root], what);
  }
});

test('a copied fragments folder is hashed once, then served; what is missing or wrong in it is not', async (t) => {
  const source = folderWith(t, {'sub/a.bin': bytesOf(SIZE)});
  const original = await startTestServer(t, source);
  const {root} = await original.ready('sub/a.bin');
  const folder = tempFolder(t, 'copy');
  mkdirSync(join(folder, 'fragments/sub'), {recursive: true});
  cpSync(join(source, 'fragments/sub/a.bin'), join(folder, 'fragments/sub/a.bin'), {recursive: true});
  writeFileSync(join(folder, 'fragments/sub/a.bin/a2.bin'), bytesOf(TINY.fragmentBytes, 7));
  rmSync(join(folder, 'fragments/sub/a.bin/a3.bin'));

  const first = await startTestServer(t, folder);
  const ready = await first.ready('sub/a.bin');
  assert.deepEqual([ready.root, ready.here, ready.fragments, ready.hashed], [root, 1, 3, true]);
  const client = await RawClient.greeted(t, first.port);
  const have = await client.ask({type: 'have', id: 1, root, first: 1, count: 3});
  assert.ok(have.type === 'haveReply');
  assert.deepEqual([...have.bitmap], [0b001]);
  assert.ok((await fetched(t, first, 'sub/a.bin', root, 1)).bytes.equals(bytesOf(SIZE).subarray(0, 4_096)));
  assert.equal(codeOf((await fetched(t, first, 'sub/a.bin', root, 2)).status), 'fragment-not-here');
  const digests = await client.ask({type: 'blockDigests', id: 2, root, fragment: 3});
  assert.equal(digests.type, 'blockDigestsReply', 'digests are known also of what is not here');

  // The rest arrives while it runs: offered as soon as it is hashed, and meanwhile nothing is withdrawn.
  const from = first.notices.length;
  for (const file of ['a2.bin', 'a3.bin']) {
    cpSync(join(source, 'fragments/sub/a.bin', file), join(folder, 'fragments/sub/a.bin', file));
  }
  await first.says('file-ready', ({here}) => here === 3, from);
  assert.deepEqual(
    first.notices.slice(from).filter(({kind}) => kind === 'file-withdrawn'),
    [],
  );
  assert.ok((await fetched(t, first, 'sub/a.bin', root, 3, 1)).bytes.equals(bytesOf(SIZE).subarray(8_192)));
  await first.cut();
  const second = await startTestServer(t, folder);
  assert.equal((await second.ready('sub/a.bin')).hashed, false);
});

test('a copy without block digests gets them from its fragments', async (t) => {
  const source = folderWith(t, {'a.bin': bytesOf(SIZE)});
  const {root} = await (await startTestServer(t, source)).ready('a.bin');
  const folder = tempFolder(t, 'copy');
  cpSync(join(source, 'fragments'), join(folder, 'fragments'), {recursive: true});
  rmSync(join(folder, 'fragments/a.bin/index.blocks'));
  const server = await startTestServer(t, folder);
  await server.ready('a.bin');
  const client = await RawClient.greeted(t, server.port);
  for (let fragment = 1; fragment <= 3; fragment++) {
    assert.equal(
      (await client.ask({type: 'blockDigests', id: fragment, root, fragment})).type,
      'blockDigestsReply',
    );
  }
});

test('an original that appears beside its copy takes its place', async (t) => {
  const source = folderWith(t, {'a.bin': bytesOf(SIZE)});
  await (await startTestServer(t, source)).ready('a.bin');
  const folder = tempFolder(t, 'copy');
  cpSync(join(source, 'fragments'), join(folder, 'fragments'), {recursive: true});
  const server = await startTestServer(t, folder);
  const copy = await server.ready('a.bin');
  const from = server.notices.length;
  put(folder, 'a.bin', bytesOf(SIZE, 5));
  assert.notEqual((await server.ready('a.bin', from)).root, copy.root);
});

test('what is ready is served while a large file is indexed, and that one says how far it is', async (t) => {
  const folder = folderWith(t, {'small.bin': bytesOf(100)});
  const geometry = {blockBytes: 1_048_576, fragmentBytes: 16 * 1_048_576};
  const server = await startTestServer(t, folder, {geometry, settleMs: 0});
  const {root} = await server.ready('small.bin');
  const large = openSync(join(folder, 'large.bin'), 'w');
  writeSync(large, Buffer.alloc(1), 0, 1, 768 * 1_048_576);
  closeSync(large);
  const client = await RawClient.greeted(t, server.port);
  let id = 1;
  const progress = await until('an answer with progress', DEADLINE_MS, async () => {
    const reply = await client.ask({type: 'manifest', id: id++, name: 'large.bin'});
    assert.ok(reply.type === 'error');
    return reply.refusal.code === 'indexing' && (reply.refusal.progressPermille ?? 0) > 0 && reply.refusal;
  });
  assert.ok((progress.progressPermille ?? 0) <= 1_000);
  const small = await client.fetch({id: id++, name: 'small.bin', root, fragment: 1, firstBlock: 0, count: 1});
  assert.equal(small.status.kind, 'ok');
  const startedMs = performance.now();
  await server.cut();
  assert.ok(performance.now() - startedMs < 2_000, 'indexing is cancelled');
  assert.ok(!existsSync(join(folder, 'fragments/large.bin')));
  assert.deepEqual(
    readdirSync(join(folder, 'fragments')).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a file that is still being written is left alone until it is complete', async (t) => {
  const folder = folderWith(t, {'a.bin': 'begin'});
  const server = await startTestServer(t, folder, {settleMs: 300});
  for (let part = 0; part < 10; part++) {
    appendFileSync(join(folder, 'a.bin'), 'more');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal((await server.ready('a.bin')).size, 45);
  assert.equal(server.notices.filter(({kind}) => kind === 'file-ready').length, 1);
});

test('a folder that cannot be written to is told, file by file, and the server lives', {
  skip: process.getuid?.() === 0,
}, async (t) => {
  const folder = folderWith(t, {'a.bin': 'a'});
  chmodSync(folder, 0o555);
  t.after(() => chmodSync(folder, 0o755));
  const server = await startTestServer(t, folder);
  const {reason} = await server.says('file-failed');
  assert.match(reason, /permission/);
  assert.equal(codeOf(await manifest(t, server, 'a.bin')), 'io-error');
});

test('without room for fragments a file fails with the way out, nothing is left, and in place it is served', async (t) => {
  const folder = mountTmpfs(t, 1_000_000);
  if (folder === null) return;
  const geometry = {blockBytes: 65_536, fragmentBytes: 262_144};
  put(folder, 'a.bin', bytesOf(700_000));
  const server = await startTestServer(t, folder, {geometry});
  assert.match((await server.says('file-failed')).reason, /no room.*--in-place/);
  assert.equal(codeOf(await manifest(t, server, 'a.bin')), 'io-error');
  await server.cut();
  assert.deepEqual(readdirSync(join(folder, 'fragments')), []);
  const inPlace = await startTestServer(t, folder, {geometry, inPlace: true});
  assert.equal((await inPlace.ready('a.bin')).here, 3);
});

/** Overwrites a byte and restores the times, as a failing disk would: only its content tells. */
function damageSilently(path: string): void {
  const {atime, mtime} = statSync(path);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.of(0xee, 0xff), 0, 2, 10);
  closeSync(file);
  utimesSync(path, atime, mtime);
}

async function manifest(t: Cleanup, server: TestServer, name: string): Promise<ServerMessage> {
  const client = await RawClient.greeted(t, server.port);
  return client.ask({type: 'manifest', id: 1, name});
}

/** Leftovers are looked at before they are known to be nothing. */
async function notFound(t: Cleanup, server: TestServer, name: string): Promise<void> {
  await until(`${name} is not found`, DEADLINE_MS, async () => {
    const code = codeOf(await manifest(t, server, name));
    assert.ok(['file-not-found', 'indexing'].includes(code), code);
    return code === 'file-not-found';
  });
}

async function fetched(
  t: Cleanup,
  server: TestServer,
  name: string,
  root: string,
  fragment: number,
  count = 4,
): Promise<Fetched> {
  const client = await RawClient.greeted(t, server.port);
  const result = await client.fetch({id: 1, name, root, fragment, firstBlock: 0, count});
  client.socket.destroy();
  return result;
}

function codeOf(reply: ServerMessage | Fetched['status']): string {
  if ('type' in reply) return reply.type === 'error' ? reply.refusal.code : reply.type;
  return reply.kind === 'error' ? reply.refusal.code : reply.kind;
}
