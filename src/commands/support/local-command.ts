/** What commands on local files share: a view of the work, a stop by signals, and answers on standard output. */

import {custom} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {LocalOptions} from '../../actors/local/local-work.js';
import type {FdlError} from '../../errors.js';
import {viewColor, viewMode} from '../../terminal/view-mode.js';
import {FdlCommand} from '../base.js';
import {parseDigest} from '../parse.js';
import {listenForStop, type StopSignals} from './stop-signals.js';

/** A flag that takes a root or a SHA-256. */
export const digestFlag = custom<string>({parse: async (text) => parseDigest(text), helpValue: 'HEX'});

export abstract class LocalCommand extends FdlCommand {
  #stop: StopSignals | undefined;

  /** Runs work with its view and its signals; both are gone when it returns. `doing`: `hashing`, `joining`. */
  protected async work<T>(
    doing: string,
    isQuiet: boolean,
    run: (options: Required<LocalOptions>) => Promise<T>,
  ): Promise<T> {
    const {startWorkView} = await import('../../terminal/work-view.js');
    const stream = process.stderr;
    const view = startWorkView({
      stream,
      clock: systemClock,
      mode: viewMode(stream, process.env, isQuiet),
      color: this.color,
      doing,
    });
    const stop = listenForStop((name) => {
      view.stop();
      if (!isQuiet) this.say(`${name}: stopping; a second one ends at once`);
    });
    this.#stop = stop;
    try {
      return await run({signal: stop.signal, onProgress: view.progress});
    } finally {
      view.stop();
      stop.release();
    }
  }

  /** Whether lines for people have colours. */
  protected get color(): boolean {
    return viewColor(process.stderr, process.env);
  }

  /** What the command was asked for, on standard output; with `--json` that is its result alone. */
  protected answer(lines: readonly string[]): void {
    if (!this.jsonEnabled() && lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  }

  protected override exitCodeOf(error: FdlError): number {
    return (error.code === 'interrupted' ? this.#stop?.exitCode() : null) ?? error.exitCode;
  }
}
