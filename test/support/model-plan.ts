/** A plan in the middle of fetching, made by hand: for questions to the policy about one moment. */

import {ACTIVE_MAX} from '../../src/limits.js';
import type {ConnectionRow} from '../../src/machines/plan/fleet.js';
import {Plan} from '../../src/machines/plan/plan.js';
import {takeStep} from '../../src/machines/plan/take-step.js';
import type {Geometry, Run} from '../../src/model.js';

export const PLAN_GEOMETRY: Geometry = {blockBytes: 1_000, fragmentBytes: 10_000};

/** One ready connection for each server; `rates` in blocks per second, null for one that is not known. */
export function fetchingPlan(
  blocks: number,
  rates: readonly (number | null)[],
  geometry = PLAN_GEOMETRY,
): {plan: Plan; rows: ConnectionRow[]} {
  const plan = new Plan({
    file: 'x.bin',
    addresses: rates.map((_, index) => `s${index}:1`),
    pin: {root: null, sha256: null},
    geometry,
    connectionsMax: 1,
    giveUpAfterMs: null,
    random: () => 0.5,
    startedAtMs: 0,
  });
  const size = blocks * geometry.blockBytes;
  const manifest = {size, geometry, sha256: '0', root: 'a', modifiedMs: 0};
  plan.manifest = manifest;
  plan.openBlocks(manifest, [], []);
  plan.stage = {kind: 'fetching'};
  plan.unasked = Math.min(rates.length, ACTIVE_MAX);
  for (let fragment = 1; fragment <= plan.blocks.fragments; fragment++)
    plan.digests.set(fragment, {kind: 'proved'});
  return {plan, rows: rates.slice(0, ACTIVE_MAX).map((rate, index) => readyRow(plan, index, rate))};
}

function readyRow(plan: Plan, index: number, rate: number | null): ConnectionRow {
  const server = plan.fleet.servers[index];
  if (server === undefined) throw new Error(`no server ${index}`);
  plan.fleet.enter(server, {kind: 'open'});
  server.wasSource = true;
  const row = plan.fleet.open(server, 0);
  row.state = 'ready';
  if (rate !== null) row.rate.sample(rate * plan.options.geometry.blockBytes, 1_000);
  return row;
}

/** Gives a connection a lease, and asks for its first `asked` blocks. */
export function give(plan: Plan, row: ConnectionRow, run: Run, asked: number): void {
  takeStep(plan, {kind: 'lease', row, run}, 0);
  if (asked > 0) takeStep(plan, {kind: 'fetch', row, run: {...run, end: run.first + asked}}, 0);
}
