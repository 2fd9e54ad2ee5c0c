/** The help of fdl: as oclif writes it, but what a flag is for comes first, and exit codes are a table. */

import type {Command} from '@oclif/core/command';
import {CommandHelp, Help} from '@oclif/core/help';

/** Rows of a section: what it is called, and what it means. */
export type HelpRow = [string, string | undefined];

const COLUMNS_MAX = 100;
const ENVIRONMENT = [
  'Each flag can be set by a variable as well: --limit-rate 5MB by FDL_LIMIT_RATE=5MB, --quiet by FDL_QUIET=1.',
  'Flags on the command line win.',
].join(' ');

/** The static `exitCodes` of a command becomes a section of its help. */
interface WithExitCodes {
  readonly exitCodes?: readonly HelpRow[];
}

class FdlCommandHelp extends CommandHelp {
  protected override description(): string | undefined {
    // The summary stands on the first line of the help already.
    return this.command.description === undefined ? undefined : this.wrap(this.command.description);
  }

  /** `list of servers (default: servers.txt)`; the environment's names follow one rule, told once. */
  protected override flags(flags: Command.Flag.Any[]): HelpRow[] | undefined {
    const plain = flags.map((flag) => {
      const {env: _env, default: fallback, ...rest} = flag as Command.Flag.Any & {default?: unknown};
      const hasDefault = flag.type === 'option' && fallback !== undefined;
      const summary = hasDefault ? `${flag.summary} (default: ${String(fallback)})` : flag.summary;
      return {...rest, summary} as Command.Flag.Any;
    });
    return super.flags(shortFirst(plain));
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    const {exitCodes} = this.command as WithExitCodes;
    return [
      ...super.sections(),
      {header: 'EXIT CODES', generate: (_, header) => exitCodes && [{header, body: [...exitCodes]}]},
      {header: 'ENVIRONMENT', generate: () => this.wrap(ENVIRONMENT)},
    ];
  }
}

/** With a flag that has a short form at its head: oclif cuts the blanks before the first line of a list. */
function shortFirst(flags: readonly Command.Flag.Any[]): Command.Flag.Any[] {
  const head = flags.find(({char}) => char !== undefined);
  return head === undefined ? [...flags] : [head, ...flags.filter((flag) => flag !== head)];
}

/** Named in package.json as `oclif.helpClass`. */
export default class FdlHelp extends Help {
  protected override CommandHelpClass = FdlCommandHelp;

  constructor(...[config, options]: ConstructorParameters<typeof Help>) {
    super(config, options);
    this.opts.maxWidth = Math.min(COLUMNS_MAX, process.stdout.columns ?? COLUMNS_MAX);
  }
}
