/** Verifies local files: is a copy what servers have, or what was published? */

import {dialTcp} from './actors/client/dial.js';
import {type VerifyOptions, type VerifyResult, verifyFile} from './actors/local/verify-file.js';
import {FdlError} from './errors.js';
import {inTurn, withThreads} from './local-context.js';

/**
 * Compares a local file with what servers have, with a saved manifest, or with a root or SHA-256, and tells what is
 * wrong block by block. A file that is wrong is a result, not an error. Throws FdlError when there is no verdict:
 * `path-unsuitable`, `manifest-invalid`, `servers-disagree`, `pin-mismatch`, `file-not-found`, `no-server-reachable`,
 * `disk-failed`, `interrupted`, or `usage` when nothing to compare with is given.
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const {servers, manifest, root, sha256} = options;
  if (servers === undefined && manifest === undefined && root === undefined && sha256 === undefined)
    throw new FdlError('usage', 'nothing to compare with', {
      hint: 'give servers, a manifest, a root or a SHA-256',
    });
  return withThreads((context) => verifyFile({...context, dial: dialTcp}, options));
}

/** Verifies files one after the other. Each outcome is the file's verdict, or throws as `verify`. */
export function verifyFiles(files: readonly VerifyOptions[]): AsyncGenerator<() => VerifyResult> {
  return inTurn(files, (context, options) => verifyFile({...context, dial: dialTcp}, options));
}
