/** What a process of a server and the one that started it tell each other. */

import type {FdlErrorCode} from '../../errors.js';
import type {Address} from '../../model.js';

export type FromProcess =
  | {
      readonly kind: 'listening';
      readonly addresses: readonly Address[];
      readonly metricsAddress: Address | null;
    }
  /** It could not start, and ends. */
  | {
      readonly kind: 'failed';
      readonly code: FdlErrorCode;
      readonly message: string;
      readonly hint: string | null;
    };

export type ToProcess = {readonly kind: 'stop'};
