/** What all servers together offer: the listings of a fleet as one. */

import {FdlError, worstOf} from '../../../errors.js';
import {FIRST_RETRIES_MS} from '../../../limits.js';
import type {HexDigest, ServerEntry} from '../../../model.js';
import {BUNDLE_FEATURE, type ListingEntry} from '../../../protocol/messages.js';
import {formatAddress} from '../../../protocol/servers-file.js';
import {REFUSAL_WORDS} from '../../../report.js';
import {askAll, type Outcome} from '../ask-all.js';
import type {ExchangePorts} from '../exchange.js';
import {throwIfAborted} from '../inquiry.js';

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
  /** Servers whose listing breaks the protocol, and how. */
  readonly violations: ReadonlyMap<number, string>;
  /** Servers that could not be asked, and why. */
  readonly lost: ReadonlyMap<number, string>;
}

/** What one server lists. */
export interface Listed {
  readonly entries: readonly ListingEntry[];
  readonly hasBundles: boolean;
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
      const listing = await inquiry.list();
      if (listing.kind === 'refused') {
        const {code} = listing.refusal;
        throw new FdlError('no-server-reachable', REFUSAL_WORDS[code] ?? code);
      }
      return {entries: listing.value, hasBundles: inquiry.features.includes(BUNDLE_FEATURE)};
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
  for (const [server, outcome] of outcomes.entries()) {
    if (outcome.kind === 'failed') {
      const {code, message} = outcome.error;
      if (code === 'protocol-violation') violations.set(server, message);
      else lost.set(server, message);
      continue;
    }
    for (const {name, size, root} of outcome.value.entries) {
      const offers = files.get(name);
      if (offers === undefined) files.set(name, [{server, size, root}]);
      else offers.push({server, size, root});
    }
  }
  const hasBundles = outcomes.map((it) => (it.kind === 'answered' ? it.value.hasBundles : null));
  return {files, hasBundles, violations, lost};
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
