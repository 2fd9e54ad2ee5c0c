/** Which files a command is about: the words typed, and those of a list. */

import {FdlError} from '../../errors.js';
import {FILE_LIST_BYTES_MAX} from '../../limits.js';
import {isOpenWord} from '../../protocol/selection.js';
import {readText} from './read-text.js';

/** `--input-file -`: the list comes through standard input. */
const STANDARD_INPUT = '-';

/**
 * The words of the command line, then those of the list at `path`, each once. Throws FdlError
 * `usage` when the list cannot be read or is empty.
 */
export async function readFileWords(typed: readonly string[], path: string | undefined): Promise<string[]> {
  if (path === undefined) return [...new Set(typed)];
  const listed = wordsIn(await read(path));
  if (listed.length === 0) throw new FdlError('usage', `${nameOf(path)} names no file`, {hint: HINT});
  return [...new Set([...typed, ...listed])];
}

/** A line is a word as it stands, blanks included; blank lines and those that begin with `#` are none. */
export function wordsIn(list: string): string[] {
  return (
    list
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      // `./#1.bin` is a file whose name begins with that character.
      .map((line) => line.replace(/^(?:\.\/+)+/, ''))
  );
}

const HINT = 'Write one name, pattern or folder a line.';

async function read(path: string): Promise<string> {
  try {
    const text = await readText(
      path === STANDARD_INPUT ? process.stdin : path,
      FILE_LIST_BYTES_MAX,
      'a list of files',
    );
    return text.replace(/^\ufeff/, '');
  } catch (cause) {
    const {code, message} = cause as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    const what = isMissing ? `there is no ${path}` : `${nameOf(path)} cannot be read: ${message}`;
    throw new FdlError('usage', what, {hint: `Name a readable list with --input-file. ${HINT}`, cause});
  }
}

function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

/** One name as it is: what may stand for several files, or comes from a list, keeps its tree below a folder. */
export function isOneFile(
  words: readonly string[],
  flags: {readonly all: boolean; readonly 'input-file'?: string | undefined},
): boolean {
  const [word = ''] = words;
  return words.length === 1 && !flags.all && flags['input-file'] === undefined && !isOpenWord(word);
}

/** What a download of several files is called: what was asked for first, and that there is more. */
export function nameOfSet([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'all files';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** No file was named, in no way. */
export function missingFile(command: string): FdlError {
  return new FdlError('usage', 'missing FILE', {hint: `See '${command} --help'.`});
}

/** A flag that is about one file was given with several. */
export function onlyForOne(flag: string): FdlError {
  return new FdlError('usage', `--${flag} is about one file`, {
    hint: 'Name one file, or give the SHA-256 of several with --sha256-file LIST.',
  });
}
