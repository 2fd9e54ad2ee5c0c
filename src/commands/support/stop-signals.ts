/** SIGINT, SIGTERM and SIGHUP: the first one asks for a clean stop, the second one ends the process at once. */

const EXIT_CODES = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129} as const;

export type StopSignal = keyof typeof EXIT_CODES;

const SIGNALS = Object.keys(EXIT_CODES) as StopSignal[];

export interface StopSignals {
  /** Aborted by the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; null while none did. */
  exitCode(): number | null;
  /** No longer listens: from here on every signal has its default effect. */
  release(): void;
}

/**
 * Listens until the first signal, then calls `onStop` with its name. After that the kernel's default is in force
 * again, so a second signal ends the process even while it hangs in a system call and runs no JavaScript.
 */
export function listenForStop(onStop: (signal: StopSignal) => void): StopSignals {
  const controller = new AbortController();
  let stoppedBy: StopSignal | null = null;

  function release(): void {
    for (const name of SIGNALS) process.removeAllListeners(name);
  }

  function onSignal(name: StopSignal): void {
    if (stoppedBy !== null) return;
    stoppedBy = name;
    // `timeout` signals its child and then the whole group: what has come by now is one wish to stop, not two.
    setImmediate(() => {
      release();
      onStop(name);
      controller.abort(name);
    });
  }

  // bin/run.js ends the process by its own listeners until a command has something to save. Ours come before those
  // go: with no listener in between, a signal that node has caught and not yet told of would be lost.
  for (const name of SIGNALS) {
    const earlier = process.listeners(name);
    process.on(name, onSignal);
    for (const listener of earlier) process.removeListener(name, listener);
  }
  return {signal: controller.signal, exitCode: () => stoppedBy && EXIT_CODES[stoppedBy], release};
}
