import assert from 'node:assert/strict';
import {utimesSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {PENDING_FEATURE} from '../../../src/protocol/messages.js';
import {RawClient} from '../../support/raw-client.js';
import {closeSharedWorkers, folderWith, startTestServer} from '../../support/test-server.js';

after(closeSharedWorkers);

test('a server tells how many files its listing does not have yet, those that it will never have left out', async (t) => {
  const folder = folderWith(t, {
    'old.bin': 'o',
    'a.bin': 'a',
    'd/b.bin': 'b',
    '.hidden': 'h',
    'x.fdl-part': 'p',
  });
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(folder, 'old.bin'), hourAgo, hourAgo);
  // What has just been written is left alone for longer than this test takes.
  const server = await startTestServer(t, folder, {settleMs: 600_000});
  await server.ready('old.bin');
  const client = await RawClient.connect(t, server.port);
  const welcome = await client.greet(1, 1, [PENDING_FEATURE, 'of tomorrow']);
  assert.ok(welcome.type === 'welcome');
  assert.deepEqual(welcome.features, [PENDING_FEATURE]);
  assert.deepEqual(await client.ask({type: 'pending', id: 1}), {
    type: 'pendingReply',
    id: 1,
    scanned: true,
    files: 2,
  });
});

test('who asks for it without having named the feature is not answered', async (t) => {
  const server = await startTestServer(t, folderWith(t, {'a.bin': 'a'}));
  const client = await RawClient.greeted(t, server.port);
  client.send({type: 'pending', id: 1});
  const reply = await client.message();
  assert.ok(reply.type === 'error' && reply.id === 0 && reply.refusal.code === 'bad-request');
});
