/** Waiting without fixed sleeps: every wait has a condition, a deadline and a name for the message. */

import {setTimeout as sleep} from 'node:timers/promises';

/** How often a condition outside this process is looked at. */
const POLL_MS = 10;

/**
 * Resolves with the first value of `look` that is neither undefined, null nor false; rejects with `what` after
 * `deadlineMs`. For things that send no event: other processes, folders. `look` may be async.
 */
export async function until<Found>(
  what: string,
  deadlineMs: number,
  look: () => Found | undefined | null | false | Promise<Found | undefined | null | false>,
): Promise<Found> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() >= end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

/** The value of `promise`, or a rejection that names `what` after `deadlineMs`. */
export async function within<Value>(
  what: string,
  deadlineMs: number,
  promise: Promise<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Something to stand before: open at first. */
export class Gate {
  #shut: {readonly opened: Promise<void>; open(): void} | undefined;

  shut(): void {
    if (this.#shut !== undefined) return;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#shut = {opened, open};
  }

  open(): void {
    this.#shut?.open();
    this.#shut = undefined;
  }

  /** Resolves as soon as the gate is open. */
  async passed(): Promise<void> {
    while (this.#shut !== undefined) await this.#shut.opened;
  }
}
