/** One server in several processes behind one port: starts them, replaces the one that is lost, ends them all. */

import {FdlError} from '../../errors.js';
import {PROCESS_RESTART_MS} from '../../limits.js';
import type {Address} from '../../model.js';
import type {Clock} from '../clock.js';
import type {FromProcess, ToProcess} from './messages.js';

/** A process that was started. */
export interface ServerProcess {
  send(message: ToProcess): void;
}

/** What happens to a process. `ended` is the last of it. */
export type ProcessEvent = FromProcess | {readonly kind: 'ended'; readonly how: string};

/** Starts process `number`, from 1 on; `tell` is called later, never at once. */
export type StartProcess = (number: number, tell: (event: ProcessEvent) => void) => ServerProcess;

/** A process ended by itself; another one follows. */
export interface LostProcess {
  readonly number: number;
  /** By which signal or with which exit code. */
  readonly how: string;
}

export interface SuperviseOptions {
  readonly count: number;
  readonly start: StartProcess;
  readonly clock: Clock;
  /** Asks all to finish what is under way and end. */
  readonly signal: AbortSignal;
  readonly onLost: (lost: LostProcess) => void;
}

export interface SupervisedServer {
  readonly addresses: readonly Address[];
  /** Of each process, where they have any. */
  readonly metricsAddresses: readonly Address[];
  /** Resolves when the last process has ended. */
  readonly ended: Promise<void>;
}

type Listening = Extract<FromProcess, {readonly kind: 'listening'}>;

type State =
  | {readonly kind: 'starting'; readonly process: ServerProcess}
  | {readonly kind: 'listening'; readonly process: ServerProcess}
  /** It was lost; the next one is started when the timer rings. */
  | {readonly kind: 'resting'; readonly timer: unknown}
  | {readonly kind: 'ended'};

/**
 * Starts `count` processes, the first one alone, since it finds out whether anybody can listen there. Resolves when all
 * listen. Throws the FdlError of one that could not start; the others have ended by then.
 */
export async function superviseProcesses(options: SuperviseOptions): Promise<SupervisedServer> {
  const supervisor = new Supervisor(options);
  try {
    const first = await supervisor.start(1);
    const numbers = Array.from({length: options.count - 1}, (_, index) => index + 2);
    const all = [first, ...(await Promise.all(numbers.map((number) => supervisor.start(number))))];
    return {
      addresses: first.addresses,
      metricsAddresses: all.flatMap(({metricsAddress}) => metricsAddress ?? []),
      ended: supervisor.ended,
    };
  } catch (error) {
    supervisor.stop();
    await supervisor.ended;
    throw error;
  }
}

class Supervisor {
  readonly ended: Promise<void>;
  readonly #options: SuperviseOptions;
  readonly #states = new Map<number, State>();
  #isStopping = false;
  #resolveEnded: () => void = () => {};

  constructor(options: SuperviseOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    options.signal.addEventListener('abort', () => this.stop(), {once: true});
  }

  /** Resolves when it listens; rejects when it never will. */
  start(number: number): Promise<Listening> {
    return new Promise((resolve, reject) => {
      let failure: FdlError | null = null;
      const process = this.#options.start(number, (event) => {
        if (event.kind === 'listening') {
          this.#states.set(number, {kind: 'listening', process});
          resolve(event);
        } else if (event.kind === 'failed') failure = toError(event);
        else {
          const wasListening = this.#states.get(number)?.kind === 'listening';
          this.#states.set(number, {kind: 'ended'});
          if (wasListening && !this.#isStopping) this.#replace(number, event.how);
          reject(
            failure ?? new FdlError('unexpected', `process ${number} ended while it started: ${event.how}`),
          );
          this.#endIfAllHave();
        }
      });
      this.#states.set(number, {kind: 'starting', process});
      if (this.#isStopping) process.send({kind: 'stop'});
    });
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const [number, state] of this.#states) {
      if (state.kind === 'starting' || state.kind === 'listening') state.process.send({kind: 'stop'});
      if (state.kind !== 'resting') continue;
      this.#options.clock.clearTimeout(state.timer);
      this.#states.set(number, {kind: 'ended'});
    }
    this.#endIfAllHave();
  }

  /** Not at once: one that cannot live would otherwise take the machine. */
  #replace(number: number, how: string): void {
    this.#options.onLost({number, how});
    const again = (): void => {
      this.start(number).catch((error: Error) => {
        if (!this.#isStopping) this.#replace(number, error.message);
      });
    };
    const timer = this.#options.clock.setTimeout(again, PROCESS_RESTART_MS);
    this.#states.set(number, {kind: 'resting', timer});
  }

  #endIfAllHave(): void {
    if (!this.#isStopping) return;
    if ([...this.#states.values()].every(({kind}) => kind === 'ended')) this.#resolveEnded();
  }
}

function toError({code, message, hint}: Extract<FromProcess, {readonly kind: 'failed'}>): FdlError {
  return new FdlError(code, message, hint === null ? {} : {hint});
}
