/** The tasks of the worker threads, done at once on the simulated disk, with the time that they would take. */

import {FdlError} from '../../src/errors.js';
import {checkBlock} from '../../src/workers/check-block.js';
import {copyBlock} from '../../src/workers/copy-block.js';
import type {FileCalls} from '../../src/workers/file-calls.js';
import {hashFile} from '../../src/workers/hash-file.js';
import type {Workers} from '../../src/workers/pool.js';
import {storeBlock} from '../../src/workers/store-block.js';
import type {World} from './world.js';

const TASKS = {
  'store-block': storeBlock,
  'check-block': checkBlock,
  'copy-block': copyBlock,
  'hash-file': hashFile,
};

type Task = (task: never, files: FileCalls) => object;

/** Longest time of one task, in milliseconds. */
const TASK_MS_MAX = 20;

export class SimWorkers implements Workers {
  readonly #world: World;
  readonly #calls: FileCalls;
  readonly #isAlive: () => boolean;
  #isDead = false;
  running = 0;

  constructor(world: World, calls: FileCalls, isAlive: () => boolean) {
    this.#world = world;
    this.#calls = calls;
    this.#isAlive = isAlive;
  }

  readonly run: Workers['run'] = (name, task) => {
    const work = TASKS[name as keyof typeof TASKS] as Task | undefined;
    if (work === undefined) throw new Error(`the simulation has no task ${name}`);
    if (this.#isDead) return Promise.reject(dead());
    this.running++;
    return new Promise((resolve, reject) => {
      this.#world.clock.setTimeout(
        () => {
          this.running--;
          if (this.#isDead) return reject(dead());
          // A thread of a process that was killed meanwhile may have got so far.
          if (!this.#isAlive() && this.#world.chance(0.5)) return;
          const result = work(task as never, this.#calls);
          if (this.#isAlive()) resolve(result as never);
        },
        this.#world.between(0, TASK_MS_MAX),
      );
    });
  };

  /** The pool breaks: as when a thread runs out of memory. */
  kill(): void {
    this.#isDead = true;
  }

  async close(): Promise<void> {}
}

function dead(): FdlError {
  return new FdlError('unexpected', 'the worker threads cannot run');
}
