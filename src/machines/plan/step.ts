/** What the policy can name as the next step, and what each needs to be carried out. */

import type {FdlError} from '../../errors.js';
import type {Run} from '../../model.js';
import type {DatedManifest} from '../events.js';
import type {ConnectionRow, ServerRow} from './fleet.js';
import type {Dismissal} from './plan.js';
import type {Theft} from './tail.js';

export type Step =
  /** Tell a connection that it is not needed any more. */
  | ({readonly kind: 'dismiss'} & Dismissal)
  | {readonly kind: 'drop-stalled'; readonly connection: number}
  | {readonly kind: 'cancel'; readonly connection: number; readonly ticket: number}
  /** Open a connection to a server; `again` is its lost one, to be dialled anew. */
  | {readonly kind: 'dial'; readonly server: ServerRow; readonly again: ConnectionRow | null}
  /** `isProved`: an earlier run has proved it. */
  | {readonly kind: 'pin'; readonly manifest: DatedManifest; readonly isProved: boolean}
  | {
      readonly kind: 'ask-fragment-digests';
      readonly row: ConnectionRow;
      readonly first: number;
      readonly count: number;
    }
  | {readonly kind: 'prove-root'; readonly row: ConnectionRow}
  | {readonly kind: 'open'; readonly manifest: DatedManifest}
  /** Its waiting is over, and nobody needs it: a backup. */
  | {readonly kind: 'stand-down'; readonly server: ServerRow}
  /** The time a busy server named is over. */
  | {readonly kind: 'rest-over'; readonly server: ServerRow}
  | {readonly kind: 'lease'; readonly row: ConnectionRow; readonly run: Run}
  | {readonly kind: 'steal'; readonly row: ConnectionRow; readonly theft: Theft}
  | {readonly kind: 'hedge'; readonly row: ConnectionRow; readonly run: Run}
  | {readonly kind: 'recall-digests'; readonly fragment: number}
  | {readonly kind: 'ask-digests'; readonly row: ConnectionRow; readonly fragment: number}
  | {readonly kind: 'fetch'; readonly row: ConnectionRow; readonly run: Run}
  /** It would end after everyone else: the rest of its lease is for others. */
  | {readonly kind: 'return-lease'; readonly row: ConnectionRow}
  | {readonly kind: 'finish'}
  | {readonly kind: 'fail'; readonly error: FdlError}
  /** Nothing to do before `untilMs` unless something happens; null: only an event can help. */
  | {readonly kind: 'wait'; readonly untilMs: number | null; readonly for: 'events' | 'busy-servers'};
