/** What a server has done so far, in numbers that only grow: for those who watch it. */

import {REFUSAL_CODES, type RefusalCode} from '../../model.js';
import type {EndStatus, ServerMessage} from '../../protocol/messages.js';

export class Tally {
  sessions = 0;
  sentBytes = 0;
  sentBlocks = 0;
  busyReplies = 0;
  /** Blocks that clients reported as wrong. */
  blockReports = 0;
  acceptFailures = 0;
  readonly refusals = Object.fromEntries(REFUSAL_CODES.map((code) => [code, 0])) as Record<
    RefusalCode,
    number
  >;

  /** A block of so many bytes was given to the socket. */
  sent(bytes: number): void {
    this.sentBytes += bytes;
    this.sentBlocks += 1;
  }

  /** A message that is no end of a fetch, unless that was refused before it began. */
  said(message: ServerMessage): void {
    if (message.type === 'error') this.refusals[message.refusal.code] += 1;
    else if (message.type === 'end') this.ended(message.status);
  }

  /** How a fetch ended was told. */
  ended(status: EndStatus): void {
    if (status.kind === 'busy') this.busyReplies += 1;
    else if (status.kind === 'error') this.refusals[status.refusal.code] += 1;
    else if (status.kind === 'delivered') {
      for (const outcome of status.outcomes) if (outcome.kind === 'refused') this.refusals[outcome.code] += 1;
    }
  }
}
