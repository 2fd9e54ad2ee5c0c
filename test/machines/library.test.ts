import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createActor} from 'xstate';
import {CLAIM_RETRY_MS, SCAN_REST_FACTOR, SCAN_REST_MAX_MS} from '../../src/limits.js';
import {libraryMachine} from '../../src/machines/library.js';
import {VirtualClock} from '../support/virtual-clock.js';

const SCAN_INTERVAL_MS = 2_000;

test('the folder is looked at again and again, whether or not it could be read', () => {
  const {library, clock, did} = start();
  library.send({type: 'scan.finished', waiting: 0, tookMs: 5});
  clock.advance(SCAN_INTERVAL_MS - 1);
  assert.deepEqual(did, ['scan']);
  clock.advance(1);
  library.send({type: 'scan.failed', tookMs: 5});
  clock.advance(SCAN_INTERVAL_MS);
  assert.deepEqual(did, ['scan', 'scan', 'scan']);
});

test('a folder that takes long to look at is looked at more rarely', () => {
  const {library, clock, did} = start();
  const tookMs = SCAN_INTERVAL_MS / 2;
  library.send({type: 'scan.finished', waiting: 0, tookMs});
  clock.advance(SCAN_REST_FACTOR * tookMs - 1);
  assert.deepEqual(did, ['scan']);
  clock.advance(1);
  assert.deepEqual(did, ['scan', 'scan']);
});

test('a look that was stopped for an hour does not put off the next one for a day', () => {
  const {library, clock, did} = start();
  library.send({type: 'scan.finished', waiting: 0, tookMs: 3_600_000});
  clock.advance(SCAN_REST_MAX_MS);
  assert.deepEqual(did, ['scan', 'scan']);
});

test('files are indexed while the folder is watched', () => {
  const {library, clock, did} = start();
  library.send({type: 'scan.finished', waiting: 2, tookMs: 5});
  assert.deepEqual(library.getSnapshot().value, {open: {folder: 'watching', files: 'indexing'}});
  library.send({type: 'file.finished', waiting: 1, running: 0 + 1});
  clock.advance(SCAN_INTERVAL_MS);
  assert.deepEqual(library.getSnapshot().value, {open: {folder: 'scanning', files: 'indexing'}});
  library.send({type: 'file.finished', waiting: 0, running: 0});
  assert.deepEqual(library.getSnapshot().value, {open: {folder: 'scanning', files: 'resting'}});
  assert.deepEqual(did, ['scan', 'index', 'index', 'scan']);
});

test('files that another server indexes are looked at again after a while', () => {
  const {library, clock, did} = start();
  library.send({type: 'scan.finished', waiting: 1, tookMs: 5});
  library.send({type: 'file.finished', waiting: 1, running: 0});
  assert.deepEqual(library.getSnapshot().value, {open: {folder: 'watching', files: 'postponed'}});
  clock.advance(CLAIM_RETRY_MS);
  assert.deepEqual(did, ['scan', 'index', 'index']);
});

test('a closed library ends its work and starts nothing more', () => {
  const {library, clock, did} = start();
  library.send({type: 'scan.finished', waiting: 1, tookMs: 5});
  library.send({type: 'library.closed'});
  clock.advance(10 * SCAN_INTERVAL_MS);
  assert.deepEqual(did, ['scan', 'index', 'stop']);
});

function start() {
  const clock = new VirtualClock();
  const did: string[] = [];
  const machine = libraryMachine.provide({
    actions: {
      scanFolder: () => void did.push('scan'),
      indexFiles: () => void did.push('index'),
      stopWork: () => void did.push('stop'),
    },
  });
  const library = createActor(machine, {clock, input: {scanIntervalMs: SCAN_INTERVAL_MS}}).start();
  return {library, clock, did};
}
