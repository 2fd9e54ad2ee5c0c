/** What commands on local files share: a view of the work, a stop by signals, and answers on standard output. */

import {custom} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {LocalOptions} from '../../actors/local/local-work.js';
import {asFdlError, type FdlError, worstOf} from '../../errors.js';
import {errorLines} from '../../terminal/summary.js';
import {viewColor, viewMode} from '../../terminal/view-mode.js';
import {type ErrorJson, FdlCommand} from '../base.js';
import {parseDigest} from '../parse.js';
import {listenForStop, type StopSignals} from './stop-signals.js';

/** A flag that takes a root or a SHA-256. */
export const digestFlag = custom<string>({parse: async (text) => parseDigest(text), helpValue: 'HEX'});

/** The row of a file for which there is no result. */
export type FailedFile = {readonly path: string} & ErrorJson;

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

  /**
   * The rows of several files, each as `told` makes it. A file that fails is told, and does not stop the others; a single
   * one, or an interruption, is the end of the command. The exit code is that of the worst.
   */
  protected async rows<T>(
    paths: readonly string[],
    outcomes: AsyncGenerator<() => T>,
    told: (result: T) => FdlError | null,
  ): Promise<(T | FailedFile)[]> {
    const rows: (T | FailedFile)[] = [];
    const errors: FdlError[] = [];
    for await (const outcome of outcomes) {
      try {
        const result = outcome();
        rows.push(result);
        const error = told(result);
        if (error !== null) errors.push(error);
      } catch (thrown) {
        const error = asFdlError(thrown);
        if (error.code === 'interrupted' || paths.length === 1) throw error;
        errors.push(error);
        rows.push({path: paths[rows.length] ?? '', ...this.toErrorJson(error)});
        for (const line of errorLines(error, this.color)) this.say(line);
      }
    }
    const worst = worstOf(errors);
    if (worst !== undefined) process.exitCode = worst.exitCode;
    return rows;
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
