/**
 * How many connections, and to whom. A further connection to a server is tried, one server at a time, and stays only
 * where it pays; and while servers stand by, a much slower one makes room. Pure; judged at each tick.
 */

import {
  GROWTH_GAIN,
  GROWTH_REMAINING_MS,
  GROWTH_WATCH_MS,
  STANDBY_FASTER,
  STANDBY_WATCH_MS,
} from '../../limits.js';
import {type ConnectionRow, isWorking, type ServerRow} from './fleet.js';
import type {Growth, Plan} from './plan.js';
import {rateOf, untriedRate} from './untried.js';

/** Starts, judges and ends trials. */
export function judgeGrowth(plan: Plan, nowMs: number): void {
  const {growth} = plan;
  if (nowMs - growth.sinceMs < GROWTH_WATCH_MS) return;
  if (growth.kind === 'trying') endTrial(plan, growth, nowMs);
  else startTrial(plan, nowMs);
}

function startTrial(plan: Plan, nowMs: number): void {
  plan.growth = {kind: 'watching', sinceMs: nowMs};
  const fleetRate = rateOfFleet(plan);
  const leftBytes = plan.blocks.size - plan.blocks.storedBytes;
  if (fleetRate === 0 || (leftBytes / fleetRate) * 1000 < GROWTH_REMAINING_MS) return;
  const server = plan.fleet.servers.find((candidate) => mayGrow(plan, candidate));
  if (server === undefined) return;
  server.connectionsAllowed = server.connections.length + 1;
  plan.growth = {kind: 'trying', server, sinceMs: nowMs, serverRate: rateOfServer(server), fleetRate};
}

/** Only who is transferring on every connection it has, and was never found to gain nothing. */
function mayGrow(plan: Plan, server: ServerRow): boolean {
  const {connections} = server;
  if (server.hasSettled || server.state.kind !== 'open') return false;
  if (connections.length >= plan.options.connectionsMax) return false;
  return connections.every((row) => row.state === 'ready' && isWorking(row) && !row.suspect);
}

/** A connection that did not raise its server's rate, or cost the others as much, is closed again. */
function endTrial(plan: Plan, trial: Growth & {readonly kind: 'trying'}, nowMs: number): void {
  plan.growth = {kind: 'watching', sinceMs: nowMs};
  const {server} = trial;
  const paid =
    rateOfServer(server) >= trial.serverRate * GROWTH_GAIN &&
    rateOfFleet(plan) >= trial.fleetRate * GROWTH_GAIN ** 0.5;
  if (paid) return;
  server.hasSettled = true;
  const newest = server.connections.at(-1);
  server.connectionsAllowed = Math.max(1, server.connections.length - 1);
  if (newest !== undefined && server.connections.length > 1) plan.dismiss(newest);
}

/**
 * While servers stand by, the slow ones make room: each gives its place to the best who waits, if that one is
 * expected to be much faster. So a large fleet is tried in turns, and who was found to be fast comes back.
 */
export function judgeStandby(plan: Plan, nowMs: number): void {
  const waiting = expectedRates(plan);
  if (waiting.length === 0) return;
  const judged = [...plan.fleet.connections].filter((row) => isJudged(row, nowMs));
  judged.sort((a, b) => rateOf(a) - rateOf(b));
  for (const row of judged) {
    const expected = waiting.pop();
    if (expected === undefined || rateOf(row) * STANDBY_FASTER >= expected) return;
    row.server.standbyRate = rateOfServer(row.server);
    plan.standDown(row.server);
  }
}

/** The next to take a place: whoever is expected to be fastest, in the order of the list. */
export function nextInLine(plan: Plan): ServerRow | undefined {
  const {servers} = plan.fleet;
  const average = untriedRate(plan);
  let best = servers[plan.unasked];
  let bestRate = best === undefined ? -1 : average;
  for (const server of plan.standby) {
    const rate = server.standbyRate ?? average;
    if (rate <= bestRate) continue;
    best = server;
    bestRate = rate;
  }
  return best;
}

/** What those who wait are expected to bring, fastest last. */
function expectedRates(plan: Plan): number[] {
  const average = untriedRate(plan);
  const rates = plan.standby.map(({standbyRate}) => standbyRate ?? average);
  for (let index = plan.unasked; index < plan.fleet.servers.length; index++) rates.push(average);
  return rates.sort((a, b) => a - b);
}

/** Only who was at work for a while, on its one connection: one with several has shown that it is worth them. */
function isJudged(row: ConnectionRow, nowMs: number): boolean {
  if (row.state !== 'ready' || !isWorking(row) || row.server.connections.length > 1) return false;
  return row.workingSinceMs !== null && nowMs - row.workingSinceMs >= STANDBY_WATCH_MS;
}

function rateOfServer(server: ServerRow): number {
  return server.connections.reduce((sum, row) => sum + (row.rate.bytesPerSecond ?? 0), 0);
}

function rateOfFleet(plan: Plan): number {
  return plan.fleet.servers.reduce((sum, server) => sum + rateOfServer(server), 0);
}
