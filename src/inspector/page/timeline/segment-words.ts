/** What there is to say of a segment of a timeline. Pure; what a server said is shown as text alone. */

import {formatBytes, formatCount, formatRate} from '../../../units.js';
import type {ClientMoment, ServerMoment} from '../model/moment.js';
import {proofWords} from '../overview/server-words.js';

/** A moment within a trace: `0.35 s`, `12.3 s`, `1:05.0`, `2:03:04`. */
export function formatMoment(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${rest}.${Math.floor((seconds % 1) * 10)}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `busy from 1.72 s to 12.0 s, for 10.3 s`. */
export function spanWords(word: string, {fromMs, toMs}: Span): string {
  return `${word} from ${formatMoment(fromMs)} to ${formatMoment(toMs)}, for ${formatMoment(toMs - fromMs)}`;
}

/** What `serverFacts` looks at: the server at both ends of the segment. */
export interface ServerEnds extends Span {
  readonly before: ServerMoment | undefined;
  readonly after: ServerMoment | undefined;
  /** Those that it was asked for meanwhile, in order. */
  readonly fragments: readonly number[];
}

/** What a server brought meanwhile, and why it was as it was: sentences without full stops. */
export function serverFacts({before, after, fragments, fromMs, toMs}: ServerEnds): string[] {
  if (before === undefined || after === undefined) return [];
  const facts: string[] = [];
  const bytes = after.bytes - before.bytes;
  if (bytes > 0) facts.push(`brought ${amountWords(bytes, toMs - fromMs)}`);
  if (fragments.length > 0) facts.push(`was asked for ${fragmentsWords(fragments)}`);
  const {untilMs, reason, permille} = before;
  if (before.state === 'busy' || before.state === 'lost' || before.state === 'indexing') {
    if (permille !== null) facts.push(`had indexed ${Math.floor(permille / 10)} % of the file`);
    if (reason !== null) facts.push(`reason: ${reason}`);
    if (untilMs !== null) facts.push(`to be asked again at ${formatMoment(untilMs)}`);
  } else if (before.state === 'absent' && reason !== null) facts.push(`reason: ${reason}`);
  if (before.proof !== null) facts.push(proofWords(before.proof));
  const refusals = after.busyReplies - before.busyReplies;
  if (refusals > 0) facts.push(`refused ${formatCount(refusals, 'time')}`);
  const errors = after.errors - before.errors;
  if (errors > 0) facts.push(formatCount(errors, 'error'));
  const wasted = after.wastedBlocks - before.wastedBlocks;
  if (wasted > 0) facts.push(`${formatCount(wasted, 'block')} in vain`);
  return facts;
}

/** The same of a client of a server. */
export function clientFacts(
  before: ClientMoment | undefined,
  after: ClientMoment | undefined,
  {fromMs, toMs}: Span,
): string[] {
  if (before === undefined || after === undefined) return [];
  const facts: string[] = [];
  const bytes = after.bytes - before.bytes;
  if (bytes > 0) facts.push(`was sent ${amountWords(bytes, toMs - fromMs)}`);
  if (after.lastFetch !== null) facts.push(`last: ${after.lastFetch}`);
  const refusals = after.busyReplies - before.busyReplies;
  if (refusals > 0) facts.push(`told to come back later ${formatCount(refusals, 'time')}`);
  if (before.untilMs !== null) facts.push(`may come back at ${formatMoment(before.untilMs)}`);
  if (after.closed !== null) facts.push(`gone: ${after.closed.reason}`);
  return facts;
}

function amountWords(bytes: number, spanMs: number): string {
  const rate = spanMs <= 0 ? '' : `, ${formatRate((bytes / spanMs) * 1_000)}`;
  return `${formatBytes(bytes)}${rate}`;
}

const NAMED = 6;

function fragmentsWords(fragments: readonly number[]): string {
  const named = fragments.slice(0, NAMED).join(', ');
  const more = fragments.length > NAMED ? ` and ${fragments.length - NAMED} more` : '';
  return `blocks of fragment${fragments.length === 1 ? '' : 's'} ${named}${more}`;
}
