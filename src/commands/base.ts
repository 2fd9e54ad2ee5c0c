/**
 * What all commands share: `--quiet`, `--json`, and how they end. Standard output carries data alone (`--json`,
 * help, version); everything for people goes to standard error.
 */

import {Command} from '@oclif/core/command';
import {boolean} from '@oclif/core/flags';
import type {Input, ParserOutput} from '@oclif/core/interfaces';
import {asFdlError, type FdlError} from '../errors.js';
import {safeJson} from '../terminal/escape.js';
import {errorLines} from '../terminal/summary.js';
import {viewColor} from '../terminal/view-mode.js';
import {fromEnvironment, saysYes, variableOf} from './support/environment.js';
import {toUsageError} from './support/usage-error.js';

type Values = Record<string, unknown>;

/** The error object of `--json`. */
export interface ErrorJson {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly exitCode: number;
  };
}

// Whoever read our messages may be gone (`fdl … 2>&1 | head`, a closed terminal): no reason to stop the work.
process.stderr.on('error', () => {});

export abstract class FdlCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    quiet: boolean({char: 'q', env: 'FDL_QUIET', summary: 'show nothing but errors', helpGroup: 'GLOBAL'}),
    json: boolean({
      env: 'FDL_JSON',
      summary: 'print one JSON object on standard output, and nothing else there',
      helpGroup: 'GLOBAL',
    }),
  };

  /** The exit code of an error; a command that knows better overrides it. */
  protected exitCodeOf(error: FdlError): number {
    return error.exitCode;
  }

  /** A line for people. */
  protected say(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  override jsonEnabled(): boolean {
    return super.jsonEnabled() || saysYes(process.env[variableOf('json')]);
  }

  /** As oclif parses, but every flag can come from its variable, and whatever is wrong is a usage error: exit 2. */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const typed = argv ?? this.argv;
    const flags = {...this.ctor.baseFlags, ...this.ctor.flags};
    const {words, variables} = fromEnvironment(flags, typed, process.env);
    try {
      return await super.parse(options, [...words, ...typed]);
    } catch (error) {
      const command = `${this.config.bin} ${this.id}`;
      throw toUsageError(error, {command, flags: [...Object.keys(flags), 'help'], variables});
    } finally {
      // What the user typed, for whoever shows it: the environment is there at the next run as well.
      this.argv = typed;
    }
  }

  /** Every error of a command ends here: told once, in one form, and turned into the exit code. */
  override async catch(thrown: unknown): Promise<void> {
    const error = asFdlError(thrown);
    process.exitCode = this.exitCodeOf(error);
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
    for (const line of errorLines(error, viewColor(process.stderr, process.env))) this.say(line);
    if (isDebugging()) console.error(error.cause ?? error);
    else if (error.code === 'unexpected') this.say('This should not happen; FDL_DEBUG=1 shows where it did.');
  }

  override toErrorJson(thrown: unknown): ErrorJson {
    const error = asFdlError(thrown);
    const {code, message, hint = null} = error;
    return {error: {code, message, hint, exitCode: this.exitCodeOf(error)}};
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${safeJson(json)}\n`);
  }
}

function isDebugging(): boolean {
  const value = process.env['FDL_DEBUG'] ?? '';
  return value !== '' && value !== '0';
}
