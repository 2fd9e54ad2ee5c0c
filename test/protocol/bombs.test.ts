import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {MIB} from '../../src/limits.js';
import {throwBombs} from './bombs.js';
import {HOSTILE} from './hostile.js';
import {type BombVectors, readVectors} from './vectors.js';

test('the vectors hold every hostile frame', () => {
  assert.deepEqual(readVectors<BombVectors>('bombs.json').headers, HOSTILE.headers);
  assert.equal(readVectors<BombVectors>('bombs.json').payloads.length, HOSTILE.payloads.length);
  assert.equal(readVectors<BombVectors>('bombs.json').messages.length, HOSTILE.messages.length);
});

test('every hostile frame is met with a violation of the protocol, by both sides', () => {
  const outcomes = throwBombs();
  assert.deepEqual(
    outcomes.filter(({otherwise}) => otherwise !== null),
    [],
  );
  assert.ok(outcomes.length > 1_000);
});

test('a frame that breaks a field names the field, so it was refused for the right reason', () => {
  const why = new Map(throwBombs().map(({bomb, violation}) => [bomb, violation]));
  assert.equal(why.get('fetch: 17 blocks'), 'fetch: count is not a whole number from 1 to 16');
  assert.equal(why.get('blockDigests: a root of 31 bytes'), 'blockDigests: root is not 32 bytes');
  assert.equal(
    why.get('listing: a size of 2^53'),
    'listing: entries size is not a whole number from 0 to 9007199254740991',
  );
  assert.equal(why.get('end: the status constructor'), 'end: status is of no known kind');
  assert.equal(why.get('map16, as hello'), 'hello: has a map, which no message holds');
  assert.equal(why.get('HTTP'), 'the peer speaks HTTP, not fdl');
});

test('the hostile frames, thrown again and again, neither kill nor fill a process with a heap of 64 MB', () => {
  const child = fileURLToPath(new URL('bombs-child.js', import.meta.url));
  const run = spawnSync(process.execPath, ['--max-old-space-size=64', child, '20'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(run.status, 0, run.stderr);
  const {met, failed, grownBytes} = JSON.parse(run.stdout) as Record<string, number>;
  assert.ok(met !== undefined && met > 20_000);
  assert.equal(failed, 0);
  // The heap, and as much again for frames that are still to be collected: it grows no further, however many come.
  assert.ok(grownBytes !== undefined && grownBytes < 128 * MIB, `grew by ${grownBytes} bytes`);
});
