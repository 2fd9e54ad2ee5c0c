import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Claims} from '../../../../src/actors/server/library/claims.js';
import {LOCK_STALE_MS} from '../../../../src/limits.js';
import {tempFolder} from '../../../support/files.js';
import {VirtualClock} from '../../../support/virtual-clock.js';

test('one of two servers gets the claim; the other hears how far it is, and gets it after the release', async (t) => {
  const folder = tempFolder(t, 'claims');
  const clock = new VirtualClock();
  const one = await new Claims(folder, clock).take('a.bin');
  assert.ok(one.kind === 'taken');
  const others = new Claims(folder, clock);
  assert.deepEqual(await others.take('a.bin'), {kind: 'elsewhere', progressPermille: 0});
  await one.claim.touch(420);
  assert.deepEqual(await others.take('a.bin'), {kind: 'elsewhere', progressPermille: 420});
  assert.equal((await others.take('b.bin')).kind, 'taken');
  await one.claim.release();
  assert.equal((await others.take('a.bin')).kind, 'taken');
});

test('a claim that nobody touches is taken over, and one that is touched is not', async (t) => {
  const folder = tempFolder(t, 'claims');
  const clock = new VirtualClock();
  const one = await new Claims(folder, clock).take('a.bin');
  assert.ok(one.kind === 'taken');
  const others = new Claims(folder, clock);
  await others.take('a.bin');
  clock.advance(LOCK_STALE_MS - 1);
  await one.claim.touch(1);
  assert.equal((await others.take('a.bin')).kind, 'elsewhere');
  clock.advance(LOCK_STALE_MS - 1);
  assert.equal((await others.take('a.bin')).kind, 'elsewhere');
  clock.advance(1);
  assert.equal((await others.take('a.bin')).kind, 'taken');
});

test('the claim of a process that is gone is taken over at once', async (t) => {
  const folder = tempFolder(t, 'claims');
  const clock = new VirtualClock();
  assert.equal((await new Claims(folder, clock).take('a.bin')).kind, 'taken');
  const path = join(folder, 'fragments', readdirSync(join(folder, 'fragments'))[0] ?? '');
  const claim = JSON.parse(readFileSync(path, 'utf8')) as object;
  const {pid} = spawnSync('true');
  writeFileSync(path, JSON.stringify({...claim, pid}));
  assert.equal((await new Claims(folder, clock).take('a.bin')).kind, 'taken');
});

test('nonsense in a claim counts as a living owner until it is stale', async (t) => {
  for (const text of ['', '{', '[]', 'null', '{"pid":-1,"home":""}', '{"progressPermille":5000}']) {
    const folder = tempFolder(t, 'claims');
    const clock = new VirtualClock();
    assert.equal((await new Claims(folder, clock).take('a.bin')).kind, 'taken');
    const path = join(folder, 'fragments', readdirSync(join(folder, 'fragments'))[0] ?? '');
    writeFileSync(path, text);
    const others = new Claims(folder, clock);
    assert.deepEqual(await others.take('a.bin'), {kind: 'elsewhere', progressPermille: null}, text);
    clock.advance(LOCK_STALE_MS);
    assert.equal((await others.take('a.bin')).kind, 'taken', text);
  }
});
