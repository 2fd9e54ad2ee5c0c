/** What a list says of its servers: preferred ones have their place, backups only step in, in virtual time. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ACTIVE_MAX, MIB} from '../../src/limits.js';
import type {Geometry, ServerRole} from '../../src/model.js';
import {entriesOf, type ModelOptions, type ModelRun, runModel} from '../support/model-fleet.js';
import type {ModelServer} from '../support/model-server.js';

const MB = 1_000_000;
const SIZE = 60 * MIB;
const GEOMETRY: Geometry = {blockBytes: MIB, fragmentBytes: 10 * MIB};
const USUAL_THEN_BACKUP: readonly ServerRole[] = ['usual', 'backup'];

test('a backup is not even dialled while another server brings everything, however slow', () => {
  const run = download([steady(2), steady(50)], USUAL_THEN_BACKUP, {size: 20 * MIB});
  assert.deepEqual(dialled(run, 1), []);
  assert.deepEqual(run.sent, [20, 0]);
});

test('a backup steps in when the last other server is lost, and rests when that is back', () => {
  const down = [1_000, 3_000] as const;
  const run = download([{...steady(10), down: [down]}, steady(10)], USUAL_THEN_BACKUP);
  const fetches = entriesOf(run, 'fetch').filter(({server}) => server === 1);
  const back = entriesOf(run, 'notice').find(({notice}) => notice.kind === 'server-back');
  assert.ok(fetches.length > 3, `${fetches.length} fetches`);
  assert.ok(
    (fetches[0]?.atMs ?? 0) >= down[0] && (fetches[0]?.atMs ?? 0) < down[0] + 1_000,
    'it came at once',
  );
  assert.ok(back !== undefined && back.atMs >= down[1]);
  for (const {atMs} of fetches) assert.ok(atMs <= back.atMs + 300, `asked ${atMs - back.atMs} ms later`);
  assert.equal(run.plan.fleet.servers[1]?.state.kind, 'standby');
});

test('of a partial copy a backup brings what is not there, and nothing else', () => {
  const run = download([{...steady(20), holds: [1, 3, 4, 5, 6]}, steady(20)], USUAL_THEN_BACKUP);
  const fragments = new Set(
    entriesOf(run, 'fetch')
      .filter(({server}) => server === 1)
      .map(({run: {fragment}}) => fragment),
  );
  assert.deepEqual([...fragments], [2]);
  assert.deepEqual(run.sent, [50, 10]);
});

test('a backup rests when what the others lack is on disk already', () => {
  const trusted = [{fragment: 2, first: 0, end: 10}];
  const run = download([{...steady(20), holds: [1, 3, 4, 5, 6]}, steady(20)], USUAL_THEN_BACKUP, {trusted});
  assert.deepEqual(dialled(run, 1), []);
});

test('a backup steps in for a liar, for a server without the file, for one that is indexing, and for silence', () => {
  const others: readonly ModelServer[] = [
    {...steady(20), wrongEvery: 3},
    {...steady(20), refuses: 'file-not-found'},
    {...steady(20), indexedAtMs: 1e9},
    {...steady(20), frozen: [[500, 1e9]]},
    {...steady(20), isForeign: true},
    {...steady(20), replacedAtMs: 500},
    {...steady(20), goodbyesAtMs: [500], down: [[600, 1e9]]},
  ];
  for (const other of others) {
    const run = download([other, steady(20)], USUAL_THEN_BACKUP);
    assert.ok((run.sent[1] ?? 0) >= 30, `${JSON.stringify(other)}: ${run.sent}`);
    assert.ok(run.elapsedMs < 40_000, `${JSON.stringify(other)}: ${run.elapsedMs} ms`);
  }
});

test('a busy server is waited for: it named a time, so it can bring what is missing', () => {
  const busy = {...steady(50), busy: [[0, 3_000]] as const, retryAfterMs: 500};
  const run = download([busy, steady(50)], USUAL_THEN_BACKUP, {size: 20 * MIB});
  assert.deepEqual(dialled(run, 1), []);
});

test('of several backups all step in, and a list of backups alone is a list like any other', () => {
  const dead = {...steady(20), down: [[0, 1e9]] as const};
  const run = download([dead, steady(20), steady(20)], ['usual', 'backup', 'backup']);
  assert.ok(
    run.sent.slice(1).every((blocks) => blocks > 20),
    String(run.sent),
  );
  const alone = download([steady(20), steady(20)], ['backup', 'backup']);
  assert.ok(
    alone.sent.every((blocks) => blocks > 20),
    String(alone.sent),
  );
});

test('a backup that is lost while nobody needs it is not dialled again', () => {
  const usual = {...steady(10), down: [[1_000, 2_000]] as const};
  const run = download([usual, {...steady(10), cutsAtMs: [1_500]}], USUAL_THEN_BACKUP);
  const later = dialled(run, 1).filter((atMs) => atMs > 4_000);
  assert.deepEqual(later, []);
});

test('a preferred server has its place among the active ones though it answers last', () => {
  const others = Array.from({length: ACTIVE_MAX + 4}, () => steady(1));
  const late = {...steady(1), rttMs: 200};
  const stoodBy = (role: ServerRole) => {
    let did = false;
    const check: ModelOptions['check'] = ({fleet}) => {
      did ||= fleet.servers[0]?.state.kind === 'standby';
    };
    const run = download([late, ...others], [role], {check});
    return {did, sent: run.sent[0] ?? 0};
  };
  const preferred = stoodBy('prefer');
  assert.ok(!preferred.did && preferred.sent > 0, JSON.stringify(preferred));
  assert.ok(stoodBy('usual').did, 'otherwise the others, who came before it, have the places');
});

function steady(megabytes: number): ModelServer {
  return {rate: megabytes * MB};
}

function dialled(run: ModelRun, server: number): number[] {
  return entriesOf(run, 'dialled')
    .filter((entry) => entry.server === server)
    .map(({atMs}) => atMs);
}

function download(
  servers: readonly ModelServer[],
  roles: readonly ServerRole[],
  more: Partial<ModelOptions> = {},
): ModelRun {
  const run = runModel({
    size: SIZE,
    geometry: GEOMETRY,
    servers,
    ...more,
    plan: {roles, ...more.plan},
  });
  const {stage} = run.plan;
  assert.equal(stage.kind, 'done', stage.kind === 'failed' ? stage.error.message : '');
  return run;
}
