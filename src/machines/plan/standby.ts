/**
 * Who works and who waits in a fleet larger than may work at once. While servers stand by, the slow ones make room:
 * so all are tried in turns, and who was found to be fast comes back. Pure; judged at each tick.
 */

import {STANDBY_FASTER, STANDBY_REST_MAX_MS, STANDBY_REST_MS, STANDBY_WATCH_MS} from '../../limits.js';
import {type ConnectionRow, isWorking, type ServerRow, type Turns} from './fleet.js';
import type {Plan} from './plan.js';
import {mustRest, nextUnasked} from './roles.js';
import {rateOf, untriedRate} from './untried.js';

/** Each slow one gives its place to the best who waits, if that one is expected to be much faster than it is worth. */
export function judgeStandby(plan: Plan, nowMs: number): void {
  const judged = [...plan.fleet.connections].filter((row) => isJudged(row, nowMs));
  for (const {server, rate} of judged) server.bestRate = Math.max(server.bestRate, rate.bytesPerSecond ?? 0);
  const waiting = expectedRates(plan, nowMs);
  judged.sort((a, b) => worthOf(a) - worthOf(b));
  for (const row of judged) {
    const expected = waiting.pop();
    if (expected === undefined || worthOf(row) * STANDBY_FASTER >= expected) return;
    row.server.turns = turnsAfter(row, nowMs);
    plan.standDown(row.server);
  }
}

/** A silent one may come to life again: it makes room only for one at least half as fast as it was at its best. */
function worthOf(row: ConnectionRow): number {
  return row.suspect ? row.server.bestRate / STANDBY_FASTER ** 2 : rateOf(row);
}

/** The next to take a place: a preferred one, then whoever is expected to be fastest, in the order of the list. */
export function nextInLine(plan: Plan, nowMs: number): ServerRow | undefined {
  const average = untriedRate(plan);
  const promiseOf = (server: ServerRow): number =>
    server.role === 'prefer' ? Number.POSITIVE_INFINITY : expectedRate(server, average, nowMs);
  let best = nextUnasked(plan);
  let bestRate = best === undefined ? -1 : promiseOf(best);
  for (const server of plan.standby) {
    if (promiseOf(server) <= bestRate || mustRest(plan, server)) continue;
    best = server;
    bestRate = promiseOf(server);
  }
  return best;
}

/** What those who wait are expected to bring, fastest last. */
function expectedRates(plan: Plan, nowMs: number): number[] {
  const average = untriedRate(plan);
  const rates = plan.standby.filter(isNoBackup).map((server) => expectedRate(server, average, nowMs));
  const unasked = plan.fleet.servers.slice(plan.unasked).filter(isNoBackup);
  rates.push(...unasked.map(() => average));
  return rates.sort((a, b) => a - b);
}

/** A backup that waits waits for something else than a place. */
function isNoBackup({role}: ServerRow): boolean {
  return role !== 'backup';
}

/** Bad luck passes: after a rest a server is expected to be what it was at its best, or average if it was silent throughout. */
function expectedRate({turns, bestRate}: ServerRow, average: number, nowMs: number): number {
  if (turns === null) return average;
  if (nowMs < turns.restsUntilMs) return turns.lastRate;
  return bestRate === 0 ? average : bestRate;
}

/** The rest doubles with each turn that ended badly, so that trying again costs less and less. */
function turnsAfter(row: ConnectionRow, nowMs: number): Turns {
  const count = (row.server.turns?.count ?? 0) + 1;
  const restMs = Math.min(STANDBY_REST_MAX_MS, STANDBY_REST_MS * 2 ** (count - 1));
  return {count, lastRate: rateOf(row), restsUntilMs: nowMs + restMs};
}

/** Only who was at work for a while, on its one connection: one with several has shown that it is worth them. */
function isJudged(row: ConnectionRow, nowMs: number): boolean {
  if (row.server.role === 'prefer') return false; // it keeps its place
  if (row.state !== 'ready' || !isWorking(row) || row.server.connections.length > 1) return false;
  return row.workingSinceMs !== null && nowMs - row.workingSinceMs >= STANDBY_WATCH_MS;
}
