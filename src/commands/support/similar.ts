/** "Did you mean …" for names of files that no server has. */

import {FdlError} from '../../errors.js';
import type {Address} from '../../model.js';
import {escapeRemote} from '../../terminal/escape.js';

/** Whether a folder may stand where the name stood. */
type Wanted = 'files' | 'files and folders';

/** The hint of an error, begun with the names on offer that are nearest to `name`; the hint itself where none is near. */
export async function hintWithSimilar(
  hint: string | null | undefined,
  name: string,
  servers: readonly Address[],
  wanted: Wanted = 'files',
): Promise<string | undefined> {
  const {similarNames} = await import('../../fleet.js');
  const names = await similarNames(name, servers, wanted);
  const quoted = names.map((similar) => `"${escapeRemote(similar)}"`);
  const last = quoted.pop();
  if (last === undefined) return hint ?? undefined;
  const meant = `Did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`;
  return hint === null || hint === undefined ? meant : `${meant} ${hint}`;
}

/** An error about a file that is nowhere, with what was probably meant; any other thrown value as it is. */
export async function withSimilar(
  thrown: unknown,
  name: string,
  servers: readonly Address[],
  wanted: Wanted = 'files',
): Promise<unknown> {
  if (!(thrown instanceof FdlError) || thrown.code !== 'file-not-found') return thrown;
  const hint = await hintWithSimilar(thrown.hint, name, servers, wanted);
  return new FdlError(thrown.code, thrown.message, {...(hint !== undefined && {hint}), cause: thrown});
}
