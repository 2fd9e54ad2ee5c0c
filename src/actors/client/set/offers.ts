/** What all servers together offer: the listings of a fleet as one. */

import {FdlError, worstOf} from '../../../errors.js';
import {FIRST_RETRIES_MS} from '../../../limits.js';
import type {HexDigest, ServerEntry} from '../../../model.js';
import {BUNDLE_FEATURE, type ListingEntry} from '../../../protocol/messages.js';
import {formatAddress} from '../../../protocol/servers-file.js';
import {type Notice, REFUSAL_WORDS} from '../../../report.js';
import {askAll, type Outcome} from '../ask-all.js';
import type {ExchangePorts} from '../exchange.js';
import {type PendingFiles, throwIfAborted} from '../inquiry.js';

/** One name, as one server offers it. */
export interface Offer {
  readonly server: number;
  readonly size: number;
  readonly root: HexDigest;
}

export interface Offers {
  /** By name. */
  readonly files: ReadonlyMap<string, readonly Offer[]>;
  /** For each server whether it sends bundles; null: it did not answer. */
  readonly hasBundles: readonly (boolean | null)[];
  /** Servers whose listing is not complete yet: how many files are to come; null: they do not know themselves. */
  readonly indexing: ReadonlyMap<number, number | null>;
  /** Servers whose listing breaks the protocol, and how. */
  readonly violations: ReadonlyMap<number, string>;
  /** Servers that could not be asked, and why. */
  readonly lost: ReadonlyMap<number, string>;
}

/** What one server lists. */
export interface Listed {
  readonly entries: readonly ListingEntry[];
  readonly hasBundles: boolean;
  readonly pending: PendingFiles | null;
}

/**
 * Asks every server for its files, some seconds long while none answers. Throws FdlError `no-server-reachable` when
 * none does, or what an abort of `signal` says. `told` hears of each server at once.
 */
export async function askForOffers(
  servers: readonly ServerEntry[],
  ports: ExchangePorts,
  signal?: AbortSignal,
  told?: (server: number, outcome: Outcome<Listed>) => void,
): Promise<Offers> {
  for (const delayMs of [...FIRST_RETRIES_MS, null]) {
    const outcomes = await listAll(servers, ports, signal, told);
    if (outcomes.some(({kind}) => kind === 'answered')) return merged(outcomes);
    if (delayMs === null) throw unreachable(servers, outcomes);
    await new Promise<void>((resolve) => void ports.clock.setTimeout(resolve, delayMs));
    throwIfAborted(signal);
  }
  throw new Error('there is always a last try');
}

async function listAll(
  servers: readonly ServerEntry[],
  ports: ExchangePorts,
  signal?: AbortSignal,
  told?: (server: number, outcome: Outcome<Listed>) => void,
): Promise<Outcome<Listed>[]> {
  const asked = await askAll(
    servers,
    ports,
    async (inquiry): Promise<Listed> => {
      // Asked first: what becomes listed between the two is announced in vain, but never left out in silence.
      const [pending, listing] = await Promise.all([inquiry.pending(), inquiry.list()]);
      if (listing.kind === 'refused') {
        const {code} = listing.refusal;
        throw new FdlError('no-server-reachable', REFUSAL_WORDS[code] ?? code);
      }
      return {entries: listing.value, hasBundles: inquiry.features.includes(BUNDLE_FEATURE), pending};
    },
    signal,
    told,
  );
  return asked.map(({outcome}) => outcome);
}

function merged(outcomes: readonly Outcome<Listed>[]): Offers {
  const files = new Map<string, Offer[]>();
  const violations = new Map<number, string>();
  const lost = new Map<number, string>();
  const indexing = new Map<number, number | null>();
  for (const [server, outcome] of outcomes.entries()) {
    if (outcome.kind === 'failed') {
      const {code, message} = outcome.error;
      if (code === 'protocol-violation') violations.set(server, message);
      else lost.set(server, message);
      continue;
    }
    const {pending} = outcome.value;
    if (pending !== null && (pending.files > 0 || !pending.scanned))
      indexing.set(server, pending.scanned ? pending.files : null);
    for (const {name, size, root} of outcome.value.entries) {
      const offers = files.get(name);
      if (offers === undefined) files.set(name, [{server, size, root}]);
      else offers.push({server, size, root});
    }
  }
  const hasBundles = outcomes.map((it) => (it.kind === 'answered' ? it.value.hasBundles : null));
  return {files, hasBundles, indexing, violations, lost};
}

/** What is to be told of servers that were asked. `isOpen`: what they list decides which files are meant. */
export function offerNotices(
  {lost, indexing}: Offers,
  addresses: readonly string[],
  isOpen: boolean,
): Notice[] {
  const notices: Notice[] = [];
  for (const [server, reason] of lost)
    notices.push({kind: 'server-lost', address: addresses[server] ?? '', reason});
  for (const [server, files] of isOpen ? indexing : [])
    notices.push({kind: 'server-indexing', address: addresses[server] ?? '', files});
  return notices;
}

function unreachable(servers: readonly ServerEntry[], outcomes: readonly Outcome<Listed>[]): FdlError {
  const errors = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.error] : []));
  const worst = worstOf(errors);
  if (worst !== undefined && worst.code !== 'no-server-reachable' && worst.code !== 'protocol-violation')
    return worst;
  const lines = outcomes.map((outcome, index) => {
    const address = formatAddress(servers[index] ?? {host: '', port: 0});
    return `\n  ${address}: ${outcome.kind === 'failed' ? outcome.error.message : ''}`;
  });
  const shown = lines.slice(0, LINES_MAX).join('');
  const more = lines.length > LINES_MAX ? `\n  and ${lines.length - LINES_MAX} more` : '';
  return new FdlError('no-server-reachable', `no server can be reached${shown}${more}`, {
    hint: 'Check that the servers run and that their addresses are right.',
  });
}

/** Servers named in an error. */
const LINES_MAX = 10;
