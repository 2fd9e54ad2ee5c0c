/**
 * How many connections a server gets: a further one is tried, one server at a time, and stays only where it pays.
 * Pure; judged at each tick.
 */

import {GROWTH_GAIN, GROWTH_REMAINING_MS, GROWTH_WATCH_MS} from '../../limits.js';
import {isWorking, type ServerRow} from './fleet.js';
import type {Growth, Plan} from './plan.js';

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
  if (newest !== undefined && server.connections.length > 1) plan.retire(newest);
}

/** One of a server's connections ended by itself: it has as many as it can have now, and a trial of it is over. */
export function settle(plan: Plan, server: ServerRow, nowMs: number): void {
  server.connectionsAllowed = Math.max(1, server.connections.length);
  if (plan.growth.kind === 'trying' && plan.growth.server === server)
    plan.growth = {kind: 'watching', sinceMs: nowMs};
}

function rateOfServer(server: ServerRow): number {
  return server.connections.reduce((sum, row) => sum + (row.rate.bytesPerSecond ?? 0), 0);
}

function rateOfFleet(plan: Plan): number {
  return plan.fleet.servers.reduce((sum, server) => sum + rateOfServer(server), 0);
}
