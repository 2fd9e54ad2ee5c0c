/** A crowd at the slots of one server, in virtual time: everyone wants to transfer for a while and comes back as told. */

import type {Slots} from '../../../src/actors/server/slots.js';
import {BUSY_JITTER_MAX_MS, BUSY_JITTER_PART} from '../../../src/limits.js';
import {seededRandom} from '../../support/random.js';

export interface CrowdClient {
  readonly startMs: number;
  /** How long it has to transfer in all. */
  readonly workMs: number;
}

export interface CrowdResult {
  /** When the last one had all. */
  readonly lastMs: number;
  /** No order of serving could be quicker than slots that are never idle, and the longest transfer. */
  readonly idealMs: number;
  /** Questions per client. */
  readonly asked: number;
  /** When each got its first slot. */
  readonly servedAtMs: readonly number[];
}

interface Turn {
  readonly client: number;
  readonly atMs: number;
  readonly what: 'asks' | 'ended';
  /** Sent in the fetch that ended: one in a millisecond. */
  readonly bytes: number;
}

/** A fetch takes at most `fetchMs`. All clients come from addresses of their own. */
export function runCrowd(
  slots: Slots,
  clients: readonly CrowdClient[],
  fetchMs: number,
  seed: number,
): CrowdResult {
  const random = seededRandom(seed);
  const leftMs = clients.map(({workMs}) => workMs);
  const servedAtMs = clients.map(() => Number.POSITIVE_INFINITY);
  const turns: Turn[] = clients.map(({startMs}, client) => ({client, atMs: startMs, what: 'asks', bytes: 0}));
  const come = (turn: Turn): void => {
    const place = turns.findIndex(({atMs}) => atMs > turn.atMs);
    turns.splice(place < 0 ? turns.length : place, 0, turn);
  };
  turns.sort((a, b) => a.atMs - b.atMs);
  let asked = 0;
  let lastMs = 0;
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
    const {client, atMs} = turn;
    if (turn.what === 'ended') {
      slots.sent(client, turn.bytes);
      slots.ended(client, atMs);
      if (leftMs[client] === 0) {
        slots.closed(client, atMs);
        lastMs = atMs;
        continue;
      }
    }
    asked += 1;
    const answer = slots.ask(client, `address ${client}`, atMs);
    if (answer.kind === 'busy') {
      const jitterMs = random() * Math.min(BUSY_JITTER_MAX_MS, BUSY_JITTER_PART * answer.retryAfterMs);
      come({client, atMs: atMs + answer.retryAfterMs + jitterMs, what: 'asks', bytes: 0});
      continue;
    }
    servedAtMs[client] = Math.min(servedAtMs[client] ?? 0, atMs);
    const takesMs = Math.min(fetchMs, leftMs[client] ?? 0);
    leftMs[client] = (leftMs[client] ?? 0) - takesMs;
    come({client, atMs: atMs + takesMs, what: 'ended', bytes: takesMs});
  }
  const allMs = clients.reduce((sum, {workMs}) => sum + workMs, 0);
  const idealMs = Math.max(allMs / slots.count, ...clients.map(({startMs, workMs}) => startMs + workMs));
  return {lastMs, idealMs, asked: asked / clients.length, servedAtMs};
}
