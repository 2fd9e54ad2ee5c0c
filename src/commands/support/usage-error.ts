/** What oclif's parser throws, as one FdlError `usage` in the words of fdl: no stack, no dump of its configuration. */

import {stripVTControlCharacters} from 'node:util';
import {closest} from '../../closest.js';
import {FdlError} from '../../errors.js';

/** What the message needs to know of the command. */
export interface CommandWords {
  /** `fdl download`. */
  readonly command: string;
  /** Names of its flags, without dashes. */
  readonly flags: readonly string[];
  /** The variables that flags were taken from, by flag: messages name them instead. */
  readonly variables: ReadonlyMap<string, string>;
}

/** An error of the parser, or of a value's own check (FdlError: its hint stays), as usage error. */
export function toUsageError(error: unknown, words: CommandWords): FdlError {
  const hint = `See '${words.command} --help'.`;
  const own = error instanceof FdlError ? error.hint : undefined;
  return new FdlError('usage', usageMessage(error, words), {hint: own ?? hint, cause: error});
}

function usageMessage(error: unknown, {flags, variables}: CommandWords): string {
  if (!(error instanceof Error)) return String(error);
  const {args, flags: unknownFlags} = error as Error & {args?: unknown; flags?: unknown};
  if (error.name === 'RequiredArgsError' || error.constructor.name === 'RequiredArgsError') {
    return `missing ${namesOf(args)
      .map((name) => name.toUpperCase())
      .join(' and ')}`;
  }
  if (error.constructor.name === 'UnexpectedArgsError') {
    return `unexpected argument ${namesOf(args)
      .map((name) => `'${name}'`)
      .join(', ')}`;
  }
  if (error.constructor.name === 'NonExistentFlagsError') return unknownFlag(namesOf(unknownFlags), flags);
  return cleaned(error.message).replace(/--([a-z][a-z0-9-]*)/g, (word, flag) => variables.get(flag) ?? word);
}

function unknownFlag(typed: readonly string[], known: readonly string[]): string {
  const first = typed[0] ?? '';
  const similar = closest(first.replace(/^-+/, ''), known);
  return `unknown flag ${typed.join(', ')}${similar === undefined ? '' : `; did you mean --${similar}?`}`;
}

/** The names in a list of strings, or of objects that have one. */
function namesOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'name' in item ? String(item.name) : String(item),
  );
}

/** Without colours, and without the sentences that oclif puts around the reason. */
function cleaned(message: string): string {
  return stripVTControlCharacters(message)
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .replace(/^Flag /, '')
    .replace(/^Expected (.*) to be one of: (.*)$/, (_, typed: string, words: string) => noneOf(typed, words))
    .trim();
}

function noneOf(typed: string, words: string): string {
  const similar = closest(typed, words.split(', '));
  return `'${typed}' is none of ${words}${similar === undefined ? '' : `; did you mean ${similar}?`}`;
}
