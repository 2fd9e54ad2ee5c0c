/** What the plan learns from time: rates, silence, and when patience ends. */

import {STALL_TIMEOUT_MS, SUSPECT_AFTER_MS, TICK_LATE_MS, TICK_MS} from '../../limits.js';
import type {ClockEvent, MeterReading} from '../events.js';
import {applyConnection} from './apply-connection.js';
import {type ConnectionRow, canDeliver, takeAskedMs} from './fleet.js';
import {judgeGrowth} from './growth.js';
import type {Plan} from './plan.js';
import {judgeBackups} from './roles.js';
import {judgeStandby} from './standby.js';

type Tick = ClockEvent & {readonly type: 'clock.ticked'};

/** A late tick means that we slept (a laptop's lid, SIGSTOP): then nobody else was silent. */
export function applyTick(plan: Plan, tick: Tick): void {
  plan.tickedAtMs = tick.atMs;
  const weSlept = tick.elapsedMs > TICK_MS + TICK_LATE_MS;
  if (weSlept) plan.progressAtMs = tick.atMs;
  for (const meter of tick.meters) applyMeter(plan, meter, tick, weSlept);
  if (plan.stage.kind !== 'fetching') return;
  judgeGrowth(plan, tick.atMs);
  judgeStandby(plan, tick.atMs);
  judgeBackups(plan);
}

function applyMeter(plan: Plan, meter: MeterReading, tick: Tick, weSlept: boolean): void {
  plan.fleet.serverOf(meter.connection).bytes += meter.bytes;
  const row = plan.fleet.connection(meter.connection);
  // One that leaves finishes what was asked: it may fall silent like any other.
  if (row === undefined || !canDeliver(row)) return;
  const isAsked = row.fetches.length > 0;
  const askedMs = takeAskedMs(row, tick.atMs);
  if (!weSlept && meter.reading) row.rate.sample(meter.bytes, askedMs);
  else if (!weSlept) row.rate.sampleAtLeast(meter.bytes, askedMs);
  if (meter.bytes > 0 || !isAsked || !meter.reading || weSlept) {
    row.lastByteMs = tick.atMs;
    row.suspect = false;
    return;
  }
  judgeSilence(plan, row, tick.atMs);
}

/** Slow is not guilty: a silent connection is passed over, then dialled anew, never banned. */
function judgeSilence(plan: Plan, row: ConnectionRow, atMs: number): void {
  const silentMs = atMs - row.lastByteMs;
  if (silentMs >= STALL_TIMEOUT_MS) {
    applyConnection(plan, {
      type: 'connection.lost',
      connection: row.id,
      atMs,
      cause: 'failed',
      reason: `no byte for ${Math.round(silentMs / 1000)} s`,
    });
    // One of several connections was dismissed with that; the only one is told, and dialled anew.
    if (plan.fleet.connection(row.id) !== undefined) plan.stalled.push(row.id);
  } else if (silentMs >= SUSPECT_AFTER_MS) row.suspect = true;
}
