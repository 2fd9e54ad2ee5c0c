import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createDownloadPages} from '../../../src/actors/status/download-pages.js';
import type {Progress} from '../../../src/report.js';
import {readExposition} from '../../support/exposition.js';
import {progressOf, serverOf} from '../../terminal/sample-reports.js';

const NO_PROCESS = {families: async () => [], stop: () => {}};
const SERVERS = [
  serverOf(9000, {kind: 'transferring'}, {connections: 3, bytes: 700}),
  serverOf(9001, {kind: 'transferring'}, {connections: 1, bytes: 300, busyReplies: 2}),
  serverOf(9002, {kind: 'lost', retryAtMs: null, reason: 'gone'}, {errors: 4}),
];

test('a download is told in numbers, its servers by what they do, and none by its name', async () => {
  const progress = progressOf({servers: SERVERS});
  const text = await createDownloadPages(() => progress, NO_PROCESS).metrics();
  const read = readExposition(text);
  const value = (name: string, labels = '') => read.get(name)?.samples.get(labels);
  assert.equal(value('fdl_download_done_bytes'), progress.doneBytes);
  assert.equal(value('fdl_download_size_bytes'), progress.size);
  assert.equal(value('fdl_download_phase', '{phase="downloading"}'), 1);
  assert.equal(value('fdl_download_phase', '{phase="waiting"}'), 0);
  assert.equal(value('fdl_download_servers', '{activity="transferring"}'), 2);
  assert.equal(value('fdl_download_servers', '{activity="lost"}'), 1);
  assert.equal(value('fdl_download_servers', '{activity="banned"}'), 0);
  assert.equal(value('fdl_download_received_bytes_total'), 1_000);
  assert.equal(value('fdl_download_connections'), 4);
  assert.equal(value('fdl_download_busy_replies_total'), 2);
  assert.equal(value('fdl_download_server_errors_total'), 4);
  assert.equal(value('fdl_download_files'), undefined, 'one file is not counted');
  assert.doesNotMatch(text, /x\.zip|127\.0\.0\.1/);
});

test('what is not known is left out; several files are counted', async () => {
  const set = {...progressOf({size: null, remainingMs: null, servers: []}), files: 5, doneFiles: 2};
  const more = {...set, failedFiles: 1, currentFiles: []};
  const read = readExposition(await createDownloadPages(() => more, NO_PROCESS).metrics());
  assert.equal(read.get('fdl_download_size_bytes'), undefined);
  assert.equal(read.get('fdl_download_remaining_seconds'), undefined);
  assert.equal(read.get('fdl_download_done_files')?.samples.get(''), 2);
});

test('health is the phase, and only a full disk is no good sign', () => {
  let progress: Progress | null = null;
  const {health} = createDownloadPages(() => progress, NO_PROCESS);
  assert.deepEqual(health(), {isReady: true, body: {status: 'starting', size: null, doneBytes: 0}});
  progress = progressOf({phase: 'disk-full', servers: []});
  assert.equal(health().isReady, false);
  assert.equal(health().body['status'], 'disk-full');
  progress = progressOf({phase: 'waiting', servers: []});
  assert.equal(health().isReady, true);
});
