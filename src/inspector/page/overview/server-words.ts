/** What there is to say of a server beside its state, in one line. Pure; what a server said is shown as text alone. */

import {CHECK_FASTER, CHECK_SLOW_BYTES_PER_SECOND} from '../../../limits.js';
import {REFUSAL_WORDS} from '../../../report.js';
import {formatWait} from '../../../units.js';
import type {ServerMoment} from '../model/moment.js';

const ROOT_DIGITS = 8;

/** What `serverDetail` looks at. */
export type Told = Pick<
  ServerMoment,
  'state' | 'untilMs' | 'reason' | 'proof' | 'aliasOf' | 'otherRoot' | 'permille' | 'doing' | 'connections'
>;

/**
 * Why it is as it is, and until when; empty: there is nothing to say. `t`: the moment; null: the download is over, and nobody is
 * asked again. `addressOf`: of another server by its number.
 */
export function serverDetail(server: Told, t: number | null, addressOf: (server: number) => string): string {
  switch (server.state) {
    case 'busy':
      return againWords(server.untilMs, t);
    case 'indexing':
      return sentence(percentWords(server.permille), againWords(server.untilMs, t));
    case 'lost':
      return sentence(againWords(server.untilMs, t), reasonWords(server.reason));
    case 'absent':
      return reasonWords(server.reason);
    case 'other-version':
      return server.otherRoot === null
        ? 'replaced the file by another version'
        : `has version ${server.otherRoot.slice(0, ROOT_DIGITS)}…`;
    case 'banned':
      return proofWords(server.proof);
    case 'alias':
      return server.aliasOf === null ? '' : `is the same as ${addressOf(server.aliasOf)}`;
    default:
      return t === null ? '' : leaseWords(server);
  }
}

/** `slow` of a server that `fdl check` and the report would call so now; else nothing. `quickest`: rate of the quickest one. */
export function slowWords({doing, bytesPerSecond}: Pace, quickest: number): string {
  const isSlow = bytesPerSecond < CHECK_SLOW_BYTES_PER_SECOND && bytesPerSecond * CHECK_FASTER <= quickest;
  return doing === 'transferring' && bytesPerSecond > 0 && isSlow ? 'slow' : '';
}

type Pace = Pick<ServerMoment, 'doing' | 'bytesPerSecond'>;

/** What a server did wrong, and where. */
export function proofWords(proof: ServerMoment['proof']): string {
  if (proof === null) return '';
  const {kind, fragment, block, detail} = proof;
  const where = fragment === null ? '' : ` of fragment ${fragment}`;
  if (kind === 'wrong-block') return `sent block ${block ?? '?'}${where} wrong`;
  const what = kind === 'wrong-digests' ? `sent wrong digests${where}` : 'broke the protocol';
  return detail === null ? what : `${what}: ${detail}`;
}

function reasonWords(reason: string | null): string {
  if (reason === null) return '';
  return (REFUSAL_WORDS as Readonly<Record<string, string | undefined>>)[reason] ?? reason;
}

function againWords(untilMs: number | null, t: number | null): string {
  if (untilMs === null || t === null) return '';
  return untilMs <= t ? 'again now' : `again in ${formatWait(untilMs - t)}`;
}

function percentWords(permille: number | null): string {
  return permille === null ? '' : `${Math.floor(permille / 10)} % done`;
}

/** The fragments that it is at: `fragment 3`, `fragments 3, 7`. */
function leaseWords({connections}: Pick<Told, 'connections'>): string {
  const fragments = [...new Set(connections.flatMap(({lease}) => (lease === null ? [] : [lease.fragment])))];
  if (fragments.length === 0) return '';
  return `fragment${fragments.length === 1 ? '' : 's'} ${fragments.sort((a, b) => a - b).join(', ')}`;
}

/** The parts that say something, with commas. */
export function sentence(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}
