/** `fdl clean [PATH]`: parses, calls, asks, prints. */

import {createInterface} from 'node:readline/promises';
import {string as stringArg} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import type {CleanedUp} from '../actors/store/clean-up.js';
import type {UnfinishedDownload} from '../actors/store/unfinished.js';
import {FdlError} from '../errors.js';
import {cleanedLines, plannedLines, type UnfinishedStyle} from '../terminal/unfinished-lines.js';
import type {HelpRow} from './support/help.js';
import {LocalCommand} from './support/local-command.js';

/** Something that should have been removed was not: the disk, or a permission. */
const EXIT_FAILED = 7;
/** What was named is being downloaded. */
const EXIT_IN_USE = 8;

/** The result of `--json`. */
export interface CleanResult {
  /** True: nothing was removed, this is what would be. */
  readonly dryRun: boolean;
  readonly removed: readonly UnfinishedDownload[];
  readonly kept: readonly (UnfinishedDownload & {readonly problem: string})[];
}

export default class Clean extends LocalCommand {
  static override summary = 'Remove unfinished downloads that nobody works on.';

  static override description = [
    'Removes their parts, logs and locks, and nothing else; what somebody works on is left alone. Shows what it is about',
    'to remove and asks on a terminal; elsewhere it wants --yes.',
  ].join(' ');

  static override usage = '<%= command.id %> [PATH] [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done, or nothing to remove'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag is wrong, there is no such folder, or --yes is missing'],
    ['7', 'local disk: something could not be removed'],
    ['8', 'the one download that was named is being worked on'],
    ['130', 'not confirmed'],
  ];

  static override examples = [
    {
      description: 'What there is to remove in this folder:',
      command: '<%= config.bin %> <%= command.id %> --dry-run',
    },
    {description: 'One download:', command: '<%= config.bin %> <%= command.id %> x.zip'},
    {
      description: 'In a script, in a folder and all below it:',
      command: '<%= config.bin %> <%= command.id %> /data --recursive --yes',
    },
  ];

  static override args = {
    path: stringArg({description: 'folder, or the output of one download; else the current folder'}),
  };

  static override flags = {
    recursive: boolean({char: 'r', env: 'FDL_RECURSIVE', summary: 'also in the folders below'}),
    'dry-run': boolean({
      char: 'n',
      env: 'FDL_DRY_RUN',
      summary: 'show what would be removed, and remove nothing',
    }),
    yes: boolean({char: 'y', env: 'FDL_YES', summary: 'do not ask'}),
  };

  async run(): Promise<CleanResult> {
    const {args, flags} = await this.parse(Clean);
    const {clean, unfinished} = await import('../unfinished.js');
    const {recursive} = flags;
    const found = await unfinished({...(args.path !== undefined && {path: args.path}), recursive});
    const style: UnfinishedStyle = {color: this.color, folder: process.cwd(), nowMs: Date.now()};
    const free = found.filter(({workedOn}) => workedOn.kind === 'nobody');
    if (!flags.quiet) for (const line of plannedLines(found, style)) this.say(line);
    if (flags['dry-run'] || free.length === 0)
      return this.#nothingDone(found, flags.quiet, flags['dry-run'], args.path);
    if (!flags.yes) await this.#confirm(free.length);
    return this.#told(await clean(found), flags.quiet, style);
  }

  #nothingDone(
    found: readonly UnfinishedDownload[],
    isQuiet: boolean,
    dryRun: boolean,
    path: string | undefined,
  ): CleanResult {
    const removed = dryRun ? found.filter(({workedOn}) => workedOn.kind === 'nobody') : [];
    const busy = found.filter(({workedOn}) => workedOn.kind === 'running');
    if (found.length === 0 && !isQuiet) this.say('no unfinished downloads here');
    const isTheOne = found.length === 1 && busy.length === 1 && path !== undefined;
    if (isTheOne) process.exitCode = EXIT_IN_USE;
    return {dryRun, removed, kept: busy.map((one) => ({...one, problem: 'somebody works on it'}))};
  }

  #told(cleaned: readonly CleanedUp[], isQuiet: boolean, style: UnfinishedStyle): CleanResult {
    if (cleaned.some(({outcome}) => outcome === 'failed')) process.exitCode = EXIT_FAILED;
    if (!isQuiet) for (const line of cleanedLines(cleaned, style)) this.say(line);
    return {
      dryRun: false,
      removed: cleaned.filter(({outcome}) => outcome === 'removed').map(({download}) => download),
      kept: cleaned.flatMap(({download, problem}) => (problem === null ? [] : [{...download, problem}])),
    };
  }

  /** Asks somebody who can answer. Throws FdlError `usage` where nobody can, `interrupted` unless the answer is yes. */
  async #confirm(count: number): Promise<void> {
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      throw new FdlError('usage', 'nobody is here to confirm it: this is no terminal', {
        hint: 'Give --yes to remove them without a question, or --dry-run to see them.',
      });
    }
    const questions = createInterface({input: process.stdin, output: process.stderr});
    const closed = new Promise<string>((resolve) => questions.once('close', () => resolve('\n')));
    const what = count === 1 ? 'it' : `all ${count}`;
    const answer = await Promise.race([questions.question(`Remove ${what}? [y/N] `), closed]);
    questions.close();
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    if (answer === '\n') this.say('');
    if (!/^y(es)?$/i.test(answer.trim())) throw new FdlError('interrupted', 'nothing was removed');
  }
}
