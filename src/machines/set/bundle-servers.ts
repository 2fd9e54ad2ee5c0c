/** What is known of each server while small files are fetched: whom to ask, whom later, whom no more. Pure. */

import {FIRST_RETRIES_MS, GOODBYE_REDIAL_MS, REDIAL_MAX_MS, REDIAL_MIN_MS} from '../../limits.js';
import type {LossCause} from '../events.js';

type ServerState =
  | {readonly kind: 'usable'}
  | {readonly kind: 'busy'; readonly untilMs: number}
  /** `retryAtMs` null: given up, unless something comes from another one. */
  | {readonly kind: 'lost'; readonly retryAtMs: number | null}
  /** Banned, another name of a server that is asked already, or without bundles. */
  | {readonly kind: 'out'};

interface ServerRow {
  state: ServerState;
  failures: number;
  /** Lost, and not greeted since. */
  isDoubtful: boolean;
  instanceId: string | null;
}

export class BundleServers {
  readonly #rows: readonly ServerRow[];
  readonly #random: () => number;

  /** `random`: numbers in [0, 1). */
  constructor(count: number, random: () => number) {
    this.#rows = Array.from({length: count}, () => ({
      state: {kind: 'usable'},
      failures: 0,
      isDoubtful: false,
      instanceId: null,
    }));
    this.#random = random;
  }

  get count(): number {
    return this.#rows.length;
  }

  isUsable(server: number): boolean {
    return this.#rows[server]?.state.kind === 'usable';
  }

  isOut(server: number): boolean {
    return this.#rows[server]?.state.kind === 'out';
  }

  /** Whether it may still bring something, now or later. */
  isHope(server: number): boolean {
    const state = this.#rows[server]?.state;
    if (state === undefined || state.kind === 'out') return false;
    return state.kind !== 'lost' || state.retryAtMs !== null;
  }

  /** Whether it is expected to bring something, now or soon: a busy one is, one that was lost must first come back. */
  isAble(server: number): boolean {
    const row = this.#rows[server];
    return (
      row !== undefined && (row.state.kind === 'busy' || (row.state.kind === 'usable' && !row.isDoubtful))
    );
  }

  /** When it is dialled again that is lost; null: it is not. */
  retryAtMs(server: number): number | null {
    const state = this.#rows[server]?.state;
    return state?.kind === 'lost' ? state.retryAtMs : null;
  }

  /** Whether another server than this one, which is not lost, said that it is this process. */
  isAlias(server: number, instanceId: string): boolean {
    return this.#rows.some(
      (row, other) => other !== server && row.instanceId === instanceId && row.state.kind !== 'lost',
    );
  }

  welcomed(server: number, instanceId: string): void {
    const row = this.#rows[server];
    if (row === undefined) return;
    row.instanceId = instanceId;
    row.failures = 0;
    row.isDoubtful = false;
  }

  busy(server: number, untilMs: number): void {
    this.#enter(server, {kind: 'busy', untilMs});
  }

  exclude(server: number): void {
    this.#enter(server, {kind: 'out'});
  }

  /** A connection is gone. `wasGreeted`: it had been of use. `hasBegun`: some file has come from anyone. */
  lost(server: number, cause: LossCause, wasGreeted: boolean, hasBegun: boolean, atMs: number): void {
    const row = this.#rows[server];
    if (row === undefined) return;
    if (cause === 'not-fdl') return this.exclude(server);
    row.isDoubtful = true;
    if (cause === 'failed' && !wasGreeted) row.failures++;
    const delayMs = this.#redialDelayMs(row.failures, cause, hasBegun);
    // A busy server is not asked before the time it named, whatever became of the connection.
    const notBeforeMs = row.state.kind === 'busy' ? row.state.untilMs : atMs;
    const retryAtMs = delayMs === null ? null : Math.max(notBeforeMs, atMs + delayMs);
    this.#enter(server, {kind: 'lost', retryAtMs});
  }

  /** The first file has come: who was given up before is tried again. */
  revive(atMs: number): void {
    for (const row of this.#rows) {
      if (row.state.kind !== 'lost' || row.state.retryAtMs !== null) continue;
      row.state = {kind: 'lost', retryAtMs: atMs + REDIAL_MAX_MS};
    }
  }

  /** Busy and lost servers whose time has come may be asked again. */
  rouse(nowMs: number): void {
    for (const row of this.#rows) {
      const dueAtMs = dueTimeOf(row.state);
      if (dueAtMs !== null && dueAtMs <= nowMs) row.state = {kind: 'usable'};
    }
  }

  /** When the next one may be asked again. */
  dueTimes(): number[] {
    return this.#rows.flatMap(({state}) => dueTimeOf(state) ?? []);
  }

  #enter(server: number, state: ServerState): void {
    const row = this.#rows[server];
    if (row !== undefined && row.state.kind !== 'out') row.state = state;
  }

  /** Before the first file a server has three quick tries; after it, full jitter that grows with its failures. */
  #redialDelayMs(failures: number, cause: LossCause, hasBegun: boolean): number | null {
    const jitter = this.#random();
    if (cause === 'goodbye') return GOODBYE_REDIAL_MS * (1 + jitter);
    if (!hasBegun) return FIRST_RETRIES_MS[Math.max(0, failures - 1)] ?? null;
    const ceiling = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** failures);
    return REDIAL_MIN_MS + jitter * (ceiling - REDIAL_MIN_MS);
  }
}

function dueTimeOf(state: ServerState): number | null {
  if (state.kind === 'busy') return state.untilMs;
  return state.kind === 'lost' ? state.retryAtMs : null;
}
