/**
 * Every flag as a variable: `--limit-rate` is FDL_LIMIT_RATE. What the environment says becomes words of the command
 * line, so that a variable means exactly what its flag means, lists and checks included. Pure.
 */

import {FdlError} from '../../errors.js';

/** What this needs to know of a flag's definition. */
export interface FlagKind {
  readonly type: 'boolean' | 'option';
  readonly char?: string | undefined;
}

export interface FromEnvironment {
  /** Flags to put before those of the command line. */
  readonly words: readonly string[];
  /** The variable that a flag in `words` comes from. */
  readonly variables: ReadonlyMap<string, string>;
}

const YES = /^(1|true|yes|y|on)$/i;
const NO = /^(0|false|no|n|off)$/i;

/** A flag on the command line also stands against the variables of those that it would be in conflict with. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  server: ['servers'],
  servers: ['server'],
  sha256: ['sha256-file'],
  'sha256-file': ['sha256'],
};

/** The variable of a flag. */
export function variableOf(flag: string): string {
  return `FDL_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Whether a variable says yes; what says neither yes nor no is refused where it is taken for a flag. */
export function saysYes(value: string | undefined): boolean {
  return YES.test(value ?? '');
}

/** What the environment adds to a command line. Flags that stand there win. Throws FdlError `usage`. */
export function fromEnvironment(
  flags: Readonly<Record<string, FlagKind>>,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): FromEnvironment {
  const given = flagsIn(argv, flags);
  const words: string[] = [];
  const variables = new Map<string, string>();
  for (const [name, {type}] of Object.entries(flags)) {
    const variable = variableOf(name);
    const value = env[variable];
    if (value === undefined || value === '') continue;
    if ([name, ...(RIVALS[name] ?? [])].some((other) => given.has(other))) continue;
    if (type === 'boolean' && NO.test(value)) continue;
    if (type === 'boolean' && !saysYes(value)) throw neitherYesNorNo(variable, value);
    words.push(type === 'boolean' ? `--${name}` : `--${name}=${value}`);
    variables.set(name, variable);
  }
  return {words, variables};
}

/** Names of the flags that a command line has before a `--`. */
function flagsIn(argv: readonly string[], flags: Readonly<Record<string, FlagKind>>): ReadonlySet<string> {
  const end = argv.indexOf('--');
  const names = new Set<string>();
  for (const word of end === -1 ? argv : argv.slice(0, end)) {
    const long = /^--(?:no-)?([^=]+)/.exec(word)?.[1];
    if (long !== undefined) names.add(long).add(word.slice(2));
    else if (word.startsWith('-')) for (const name of shortFlagsIn(word, flags)) names.add(name);
  }
  return names;
}

/** `-qf` is two flags, `-ofile` is one with its value. */
function shortFlagsIn(word: string, flags: Readonly<Record<string, FlagKind>>): string[] {
  const names: string[] = [];
  for (const char of word.slice(1)) {
    const found = Object.entries(flags).find(([, flag]) => flag.char === char);
    if (found === undefined) break;
    names.push(found[0]);
    if (found[1].type === 'option') break;
  }
  return names;
}

function neitherYesNorNo(variable: string, value: string): FdlError {
  return new FdlError('usage', `${variable}: '${value}' is neither yes nor no`, {
    hint: `Set ${variable} to 1 or 0, or unset it.`,
  });
}
