/** Verifies local files in the real world: the network, the local disk, worker threads, the system's clock. */

import {dialTcp} from './actors/client/dial.js';
import {systemClock} from './actors/clock.js';
import {type VerifyOptions, type VerifyResult, verifyFile} from './actors/local/verify-file.js';
import {FdlError} from './errors.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {startWorkersLate} from './workers/late-pool.js';

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
  const workers = startWorkersLate();
  try {
    return await verifyFile({geometry: FDL1_GEOMETRY, clock: systemClock, dial: dialTcp, workers}, options);
  } finally {
    await workers.close();
  }
}
