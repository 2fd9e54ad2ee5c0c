/** What the policy costs in real time: steps after a block, and ticks, for plans of any size. */

import {blocksPerFragment, FDL1_GEOMETRY} from '../../src/geometry.js';
import {applyTick} from '../../src/machines/plan/apply-clock.js';
import {applyConnection} from '../../src/machines/plan/apply-connection.js';
import {applyStore} from '../../src/machines/plan/apply-store.js';
import {RECEIVED} from '../../src/machines/plan/blocks.js';
import type {ConnectionRow} from '../../src/machines/plan/fleet.js';
import {nextStep} from '../../src/machines/plan/next-step.js';
import type {Plan} from '../../src/machines/plan/plan.js';
import {takeStep} from '../../src/machines/plan/take-step.js';
import {fetchingPlan} from '../../test/support/model-plan.js';
import {seededRandom} from '../../test/support/random.js';
import {median} from './statistics.js';

/** Steps of each phase before the clock is believed: many, since one takes microseconds. Small files come several times. */
const STEPS_MEASURED = 1_000;
const TICKS_MEASURED = 200;
const TICK_MS = 250;
/** Blocks a second, evenly over three decades: 20 kB/s to 20 MB/s with blocks of a MiB. */
const RATE_MIN = 0.02;
const RATE_DECADES = 3;

/** Naming one step and taking it, the last one of a moment (waiting) included. */
export interface StepCost {
  readonly servers: number;
  readonly fragments: number;
  /** While blocks are left that nobody was given; NaN where there is no such time. */
  readonly middleMicroseconds: number;
  /** When all were given out: tails change hands. */
  readonly endMicroseconds: number;
  /** What a tick makes the plan learn and judge, four times a second. */
  readonly tickMicroseconds: number;
}

export interface Effort {
  readonly repetitions: number;
  /** Of each repetition, at the most. */
  readonly downloads: number;
}

/** Medians over the repetitions; one more comes first, for the compiler. */
export function stepCost(servers: number, fragments: number, {repetitions, downloads}: Effort): StepCost {
  const seeds = Array.from({length: repetitions + 1}, (_, seed) => seed);
  const steps = seeds.map((seed) => measureSteps(servers, fragments, seed, downloads)).slice(1);
  const ticks = seeds.map((seed) => measureTicks(servers, fragments, seed)).slice(1);
  return {
    servers,
    fragments,
    middleMicroseconds: median(steps.map(({middle}) => middle.microseconds)),
    endMicroseconds: median(steps.map(({end}) => end.microseconds)),
    tickMicroseconds: median(ticks),
  };
}

class Stopwatch {
  steps = 0;
  #spentMs = 0;

  time(work: () => number): void {
    const startMs = performance.now();
    this.steps += work();
    this.#spentMs += performance.now() - startMs;
  }

  get microseconds(): number {
    return (this.#spentMs / this.steps) * 1_000;
  }
}

/** Whole downloads, until both phases had enough steps. */
function measureSteps(servers: number, fragments: number, seed: number, downloads: number) {
  const [middle, end] = [new Stopwatch(), new Stopwatch()];
  for (let download = 0; download < downloads; download++) {
    if (middle.steps >= STEPS_MEASURED && end.steps >= STEPS_MEASURED) break;
    const model = new BusyPlan(servers, fragments, seed + download);
    do (model.hasMissing ? middle : end).time(() => model.decide());
    while (model.receive());
  }
  return {middle, end};
}

function measureTicks(servers: number, fragments: number, seed: number): number {
  const model = new BusyPlan(servers, fragments, seed);
  model.decide();
  const startMs = performance.now();
  for (let tick = 0; tick < TICKS_MEASURED; tick++) model.tick();
  return ((performance.now() - startMs) / TICKS_MEASURED) * 1_000;
}

/** A plan in the middle of fetching whose servers bring what is asked of them, each at its rate. */
class BusyPlan {
  readonly #plan: Plan;
  readonly #rates: readonly number[];
  /** When the block that a connection is bringing will have come. */
  readonly #dueMs = new Map<number, number>();
  #nowMs = 0;

  constructor(servers: number, fragments: number, seed: number) {
    const random = seededRandom(seed);
    this.#rates = Array.from({length: servers}, () => RATE_MIN * 10 ** (RATE_DECADES * random()));
    const blocks = fragments * blocksPerFragment(FDL1_GEOMETRY);
    this.#plan = fetchingPlan(blocks, this.#rates, FDL1_GEOMETRY).plan;
  }

  get hasMissing(): boolean {
    return this.#plan.blocks.hasMissing;
  }

  /** Names and takes the steps of one moment; returns how many. */
  decide(): number {
    for (let steps = 1; ; steps++) {
      const step = nextStep(this.#plan, this.#nowMs);
      if (step.kind === 'wait' || step.kind === 'finish') return steps;
      takeStep(this.#plan, step, this.#nowMs);
    }
  }

  /** The next block comes and is stored if it is the first copy; false when the file is complete. */
  receive(): boolean {
    if (this.#plan.blocks.isComplete) return false;
    const row = this.#nextToBring();
    const fetch = row?.fetches[0];
    if (row === undefined || fetch === undefined) return false;
    const {ticket, fragment, next: block, end} = fetch;
    const [atMs, connection] = [this.#nowMs, row.id];
    this.#dueMs.delete(connection);
    if (fetch.isCancelled) {
      const ended = {type: 'fetch.ended', atMs, connection, ticket, end: {kind: 'cancelled'}} as const;
      applyConnection(this.#plan, ended);
      return true;
    }
    const length = this.#plan.blocks.lengthOf(fragment, block);
    const isWanted = this.#plan.blocks.stateOf(fragment, block) < RECEIVED;
    applyConnection(this.#plan, {
      type: 'block.received',
      ...{atMs, connection, ticket, fragment, block, slab: 0, length},
    });
    if (isWanted)
      applyStore(this.#plan, {
        type: 'block.stored',
        ...{atMs, fragment, block, bytes: length, origin: {kind: 'network', connection}},
      });
    if (block + 1 === end)
      applyConnection(this.#plan, {type: 'fetch.ended', atMs, connection, ticket, end: {kind: 'ok'}});
    return true;
  }

  tick(): void {
    this.#nowMs += TICK_MS;
    const meters = [...this.#plan.fleet.connections].map((row) => ({
      connection: row.id,
      bytes: (this.#rateOf(row) * FDL1_GEOMETRY.blockBytes * TICK_MS) / 1_000,
      reading: true,
    }));
    applyTick(this.#plan, {type: 'clock.ticked', atMs: this.#nowMs, elapsedMs: TICK_MS, meters});
  }

  #nextToBring(): ConnectionRow | undefined {
    let [first, leastMs]: [ConnectionRow | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (const row of this.#plan.fleet.connections) {
      if (row.fetches.length === 0) continue;
      const dueMs = this.#dueMs.get(row.id) ?? this.#nowMs + 1_000 / this.#rateOf(row);
      this.#dueMs.set(row.id, dueMs);
      if (dueMs < leastMs) [first, leastMs] = [row, dueMs];
    }
    if (first !== undefined) this.#nowMs = leastMs;
    return first;
  }

  #rateOf({server}: ConnectionRow): number {
    return this.#rates[server.index] ?? RATE_MIN;
  }
}
