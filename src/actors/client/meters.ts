/** Counts payload bytes of every connection where they arrive; the clock's tick carries the counts to the plan. */

import type {MeterReading} from '../../machines/events.js';

/** The counter of one connection's socket. */
export interface Meter {
  count(bytes: number): void;
  /** We stopped reading: silence is ours. */
  pause(): void;
  resume(): void;
}

interface State {
  bytes: number;
  isPaused: boolean;
  /** Paused at some time since the last reading. */
  wasPaused: boolean;
  isClosed: boolean;
}

export class Meters {
  readonly #states = new Map<number, State>();

  /** The meter of a connection; the same one while it is open. */
  open(connection: number): Meter {
    const known = this.#states.get(connection);
    const state = known ?? {bytes: 0, isPaused: false, wasPaused: false, isClosed: false};
    state.isClosed = false;
    this.#states.set(connection, state);
    return {
      count: (bytes) => {
        state.bytes += bytes;
      },
      pause: () => {
        state.isPaused = true;
        state.wasPaused = true;
      },
      resume: () => {
        state.isPaused = false;
      },
    };
  }

  /** No more bytes will come; what came is told by the next reading. */
  close(connection: number): void {
    const state = this.#states.get(connection);
    if (state === undefined) return;
    state.isClosed = true;
    state.isPaused = false;
  }

  /** What every connection received since the last reading. */
  read(): MeterReading[] {
    const readings: MeterReading[] = [];
    for (const [connection, state] of this.#states) {
      readings.push({connection, bytes: state.bytes, reading: !state.wasPaused});
      state.bytes = 0;
      state.wasPaused = state.isPaused;
      if (state.isClosed) this.#states.delete(connection);
    }
    return readings;
  }
}
