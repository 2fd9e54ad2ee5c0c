/** How a fetch ended, from what its server says and from what came of it. */

import {FdlError} from '../../errors.js';
import {BUSY_MIN_MS} from '../../limits.js';
import type {FetchEnd} from '../../machines/events.js';
import type {EndStatus} from '../../protocol/messages.js';

/**
 * The end as the machines know it. `isWhole`: its last block has come; `isCancelled`: we asked for its end.
 * Throws FdlError `protocol-violation` where the server's word does not fit.
 */
export function endOf(status: EndStatus, isWhole: boolean, isCancelled: boolean): FetchEnd {
  switch (status.kind) {
    case 'ok':
      if (!isWhole) throw violation('a fetch that ended before its last block');
      return {kind: 'ok'};
    case 'cancelled':
      if (!isCancelled) throw violation('a fetch ended as cancelled that was not');
      return {kind: 'cancelled'};
    case 'busy':
      return {kind: 'busy', retryAfterMs: Math.max(BUSY_MIN_MS, status.retryAfterMs)};
    case 'complete':
      throw violation('it says that all fragments are obtained, but its manifest has this one');
    case 'delivered':
      throw violation('a fetch ended as a bundle');
    case 'error':
      return {kind: 'refused', refusal: status.refusal};
  }
}

function violation(detail: string): FdlError {
  return new FdlError('protocol-violation', detail);
}
