/** The worker threads, and the only user of piscina. Callers see typed tasks, never the pool. */

import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import {Piscina} from 'piscina';
import {FdlError} from '../errors.js';
import {
  TASK_TIMEOUT_MS,
  TASKS_PER_WORKER,
  TASKS_QUEUED_MAX,
  WORKER_START_TIMEOUT_MS,
  WORKERS_CLOSE_TIMEOUT_MS,
  WORKERS_MAX,
} from '../limits.js';
import type {Envelope, Reply, TaskName, TaskTable} from './thread.js';

/** The port through which everything else uses threads; the simulation brings its own. */
export interface Workers {
  /**
   * Runs one task. Rejects only with `unexpected`, when the pool itself failed, and with `disk-failed`, when the task
   * did not end within `deadlineMs` (TASK_TIMEOUT_MS unless given): tasks wait for nothing but the disk. After a missed
   * deadline the thread may still be at it: descriptor and memory of that task must not be used for anything else.
   */
  run<N extends TaskName>(
    name: N,
    task: Envelope<N>['task'],
    options?: {readonly deadlineMs?: number},
  ): Promise<Awaited<ReturnType<TaskTable[N]>>>;
  /** Lets tasks under way end, within WORKERS_CLOSE_TIMEOUT_MS, then ends the threads. */
  close(): Promise<void>;
}

/** The part of a Clock that deadlines need. */
interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

const systemTimers: Timers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export interface WorkersOptions {
  /** Number of threads; the cores of the machine, at most WORKERS_MAX, unless given. */
  readonly threads?: number;
  /** Time for the deadlines of tasks; a Clock fits. The system's unless given. */
  readonly clock?: Timers;
}

/** Starts the threads and proves that they answer. Throws FdlError `unexpected` when they do not. */
export async function startWorkers(options: WorkersOptions = {}): Promise<Workers> {
  const workers = new ThreadPool(
    options.threads ?? Math.min(WORKERS_MAX, availableParallelism()),
    options.clock ?? systemTimers,
  );
  try {
    const {echo} = await workers.run('self-test', {echo: 1}, {deadlineMs: WORKER_START_TIMEOUT_MS});
    if (echo !== 1) throw new FdlError('unexpected', 'a worker thread answered its self-test wrongly');
    return workers;
  } catch (error) {
    await workers.close();
    throw error;
  }
}

function tooLate(name: TaskName, deadlineMs: number): FdlError {
  const seconds = Math.ceil(deadlineMs / 1000);
  return new FdlError('disk-failed', `the disk did not answer within ${seconds} s (${name})`, {
    hint: 'Look at the disk; then run the same command again.',
  });
}

class ThreadPool implements Workers {
  readonly #pool: Piscina;
  readonly #clock: Timers;
  /** How to fail each task under way: after a broken start the pool would leave them waiting for ever. */
  readonly #pending = new Set<(error: FdlError) => void>();
  #broken: FdlError | null = null;

  constructor(threads: number, clock: Timers) {
    this.#clock = clock;
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL('./thread-entry.cjs', import.meta.url)),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      maxQueue: TASKS_QUEUED_MAX,
      atomics: 'async',
      recordTiming: false,
      stricterFIFO: true,
      closeTimeout: WORKERS_CLOSE_TIMEOUT_MS,
    });
    this.#pool.on('error', (cause) => this.#break(cause));
  }

  run<N extends TaskName>(
    name: N,
    task: Envelope<N>['task'],
    options: {readonly deadlineMs?: number} = {},
  ): Promise<Awaited<ReturnType<TaskTable[N]>>> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      const deadlineMs = options.deadlineMs ?? TASK_TIMEOUT_MS;
      const timer = this.#clock.setTimeout(() => fail(tooLate(name, deadlineMs)), deadlineMs);
      const settle = (): void => {
        this.#clock.clearTimeout(timer);
        this.#pending.delete(fail);
      };
      const fail = (error: FdlError): void => {
        settle();
        reject(error);
      };
      this.#pending.add(fail);
      const envelope: Envelope<N> = {name, task};
      (this.#pool.run(envelope) as Promise<Reply<N>>).then(
        (reply) => {
          if (!reply.ok) return fail(new FdlError('unexpected', `the task ${name} failed: ${reply.message}`));
          settle();
          resolve(reply.result);
        },
        (cause) => fail(new FdlError('unexpected', `a worker thread ended during the task ${name}`, {cause})),
      );
    });
  }

  async close(): Promise<void> {
    if (this.#broken !== null) await this.#pool.destroy();
    else await this.#pool.close();
  }

  #break(cause: unknown): void {
    this.#broken = new FdlError('unexpected', 'the worker threads cannot run', {cause});
    for (const fail of [...this.#pending]) fail(this.#broken);
  }
}
