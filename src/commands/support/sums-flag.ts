/** `--sha256-file SHA256SUMS`: the flag, and the list behind it. */

import {file} from '@oclif/core/flags';
import {FdlError} from '../../errors.js';
import {SUMS_FILE_BYTES_MAX} from '../../limits.js';
import {parseSums, type Sums} from '../../protocol/sums-file.js';
import {readText} from './read-text.js';

/** The flag of a command that can take pins from a list. */
export const sumsFlag = file({
  helpValue: 'PATH',
  exclusive: ['sha256'],
  summary: 'the version to get, by its line in a list like SHA256SUMS',
});

/** Reads the list of the flag. Throws FdlError `usage` when it cannot be read or has no SHA-256. */
export async function readSums(path: string): Promise<Sums> {
  return parseSums(await read(path), path);
}

async function read(path: string): Promise<string> {
  try {
    return await readText(path, SUMS_FILE_BYTES_MAX, 'a list of SHA-256');
  } catch (cause) {
    const {code, message} = cause as NodeJS.ErrnoException;
    const what =
      code === 'ENOENT' || code === 'ENOTDIR' ? `there is no ${path}` : `${path} cannot be read: ${message}`;
    throw new FdlError('usage', what, {
      hint: 'Name a list as sha256sum writes it with --sha256-file, or give the digest with --sha256 HEX.',
      cause,
    });
  }
}
