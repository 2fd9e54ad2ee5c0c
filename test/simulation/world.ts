/** What all parts of one simulated world share: its time, its chance, and the story of what happened. */

import {between, seededRandom} from '../support/random.js';
import {SimClock} from './clock.js';

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export interface WorldOptions {
  readonly seed: number;
  /** Takes each line of the story; nothing is put into words unless given. */
  readonly tell?: (line: string) => void;
}

const FNV_PRIME = 0x0100_0193;
const FNV_START = 0x811c_9dc5;

export class World {
  readonly clock: SimClock;
  readonly random: () => number;
  readonly #tell: ((line: string) => void) | undefined;
  #hash = FNV_START;
  #violation: Violation | null = null;
  /** Rare things that happened: a simulation that never sees them proves little. */
  readonly seen = new Set<string>();
  events = 0;

  constructor({seed, tell}: WorldOptions) {
    this.random = seededRandom(seed);
    this.clock = new SimClock(this.random);
    this.#tell = tell;
  }

  /** Of everything noted so far: equal for equal seeds. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get violation(): Violation | null {
    return this.#violation;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  between(from: number, to: number): number {
    return between(this.random, from, to);
  }

  pick<T>(of: readonly T[]): T {
    const one = of[Math.floor(this.random() * of.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** Something happened: goes into the hash, and into the story. */
  note(what: string, a = 0, b = 0): void {
    this.#mix(this.clock.now() * 1_000);
    for (let at = 0; at < what.length; at++) this.#mix(what.charCodeAt(at));
    this.#mix(a);
    this.#mix(b);
    this.#tell?.(`${(this.clock.now() / 1_000).toFixed(3).padStart(9)} s  ${what} ${a} ${b}`);
  }

  /** For people alone. */
  say(line: () => string): void {
    this.#tell?.(`${(this.clock.now() / 1_000).toFixed(3).padStart(9)} s  ${line()}`);
  }

  /** Keeps the first violation; the run ends with it. */
  violated(what: string): void {
    this.#violation ??= new Violation(what);
    this.say(() => `VIOLATION ${what}`);
  }

  require(holds: boolean, what: string): void {
    if (!holds) this.violated(what);
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), FNV_PRIME);
  }
}

const immediate = globalThis.setImmediate;

/** Lets everything go on that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    immediate(resolve);
  });
}
