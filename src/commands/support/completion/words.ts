/**
 * What can be completed, from what oclif knows of the commands: so a new command or flag is completed without a line
 * of code. Which values are paths follows from the names they have in the help. Pure.
 */

import type {Command} from '@oclif/core/command';

/** What may stand at a place: a path, a folder, one of some words, or something that nobody can guess. */
export type Values =
  | {readonly kind: 'path'}
  | {readonly kind: 'folder'}
  | {readonly kind: 'words'; readonly words: readonly string[]}
  | {readonly kind: 'free'};

export interface CompletedFlag {
  /** Without dashes. */
  readonly name: string;
  readonly char: string | null;
  readonly summary: string;
  /** Null: a switch. */
  readonly values: Values | null;
  /** What the help calls the value. */
  readonly label: string;
  readonly isRepeatable: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** What may stand where no flag does. */
  readonly values: Values;
}

const PATH_LABELS: ReadonlySet<string> = new Set(['PATH', 'FILE', 'LIST']);
const FOLDER_LABELS: ReadonlySet<string> = new Set(['DIR', 'FOLDER']);

const HELP: CompletedFlag = {
  name: 'help',
  char: 'h',
  summary: 'show help',
  values: null,
  label: '',
  isRepeatable: false,
};

/** All commands that are shown to people, by name; `help` knows the others. */
export function completedCommands(commands: readonly Command.Loadable[]): CompletedCommand[] {
  const shown = commands.filter(({hidden}) => hidden !== true).map(completedCommand);
  const help: CompletedCommand = {
    name: 'help',
    summary: 'Show help for a command.',
    flags: [],
    values: {kind: 'words', words: shown.map(({name}) => name).sort()},
  };
  return [...shown, help].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function completedCommand({id, summary = '', flags, args}: Command.Loadable): CompletedCommand {
  const shown = Object.values(flags).filter(({hidden}) => hidden !== true);
  return {
    name: id,
    summary,
    flags: [...shown.map(completedFlag), HELP],
    values: valuesOfArguments(Object.values(args)),
  };
}

function completedFlag(flag: Command.Flag.Cached): CompletedFlag {
  const isSwitch = flag.type === 'boolean';
  const label = isSwitch ? '' : labelOf(flag.helpValue);
  return {
    name: flag.name,
    char: flag.char ?? null,
    summary: flag.summary ?? '',
    values: isSwitch ? null : valuesOf(flag.name === 'dir' ? 'DIR' : label, flag.options),
    label,
    isRepeatable: !isSwitch && flag.multiple === true,
  };
}

function labelOf(helpValue: string | readonly string[] | undefined): string {
  return typeof helpValue === 'string' ? helpValue : 'VALUE';
}

function valuesOf(label: string, options: readonly string[] | undefined): Values {
  if (options !== undefined) return {kind: 'words', words: options};
  if (PATH_LABELS.has(label)) return {kind: 'path'};
  return FOLDER_LABELS.has(label) ? {kind: 'folder'} : {kind: 'free'};
}

/** All arguments of a command together: it has one, or several of one kind. `file` is a name on the servers. */
function valuesOfArguments(args: readonly Command.Arg.Cached[]): Values {
  const [first] = args;
  if (first?.options !== undefined) return {kind: 'words', words: first.options};
  const label = first?.name.toUpperCase() ?? '';
  return label === 'FILE' ? {kind: 'free'} : valuesOf(label, undefined);
}
