/** Asks all servers what they offer: their listings first, then what listings do not say of the files that are meant. */

import {FdlError, worstOf} from '../../errors.js';
import type {FleetListing, ListedServer} from '../../fleet-report.js';
import {NAMED_MAX, QUESTIONS_OUT_MAX} from '../../limits.js';
import {
  type Detail,
  type Details,
  mergeListings,
  type Offering,
  questionsOf,
} from '../../machines/fleet/listing.js';
import type {Address} from '../../model.js';
import {nameProblem} from '../../protocol/names.js';
import {select} from '../../protocol/selection.js';
import {formatAddress} from '../../protocol/servers-file.js';
import {REFUSAL_WORDS} from '../../report.js';
import {type Asked, askAll} from '../client/ask-all.js';
import type {ExchangePorts} from '../client/exchange.js';
import type {Inquiry} from '../client/inquiry.js';

export interface ListOptions {
  readonly servers: readonly Address[];
  /** Names, patterns and folders (protocol/selection.ts); none: everything. */
  readonly words?: readonly string[];
  /**
   * Ask for what listings do not say (time of modification, how much of partial copies, what is being indexed) when so
   * many files or fewer are meant; always unless given.
   */
  readonly detailsMax?: number;
  readonly signal?: AbortSignal;
}

/** What the servers offer, and how each one took part. Rejects with FdlError when none answered. */
export async function listFleet(options: ListOptions, ports: ExchangePorts): Promise<FleetListing> {
  const {servers: addresses, words = [], detailsMax = Number.POSITIVE_INFINITY, signal} = options;
  const asked = await askAll(addresses, ports, listingOf, signal);
  const servers = listedServers(asked);
  const answering = asked.filter((_, index) => servers[index]?.status === 'answered');
  if (answering.length === 0) throw noneAnswered(asked);
  const offerings = answering.map(offeringOf);
  const {names, unmatched} = namesMeant(offerings, words);
  const details =
    names.length > detailsMax
      ? []
      : await askDetails(answering, questionsOf(offerings, names), ports, signal);
  const files = mergeListings(offerings, names, details, ports.geometry);
  const found = new Set(files.map(({name}) => name));
  const nowhere = words.filter(
    (word) => nameProblem(word) === null && names.includes(word) && !found.has(word),
  );
  return {servers, files, unmatched: [...unmatched, ...nowhere]};
}

/** The names that all servers together offer; none when none answers. */
export async function offeredNames(
  addresses: readonly Address[],
  ports: ExchangePorts,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const asked = await askAll(addresses, ports, listingOf, signal);
  return new Set(asked.flatMap((it) => [...offeringOf(it).entries.keys()]));
}

interface Listed {
  readonly instanceId: string;
  readonly entries: Offering['entries'];
}

async function listingOf(inquiry: Inquiry): Promise<Listed> {
  const listing = await inquiry.list();
  if (listing.kind === 'refused') {
    const {code} = listing.refusal;
    throw new FdlError('no-server-reachable', REFUSAL_WORDS[code] ?? code);
  }
  const entries = new Map(listing.value.map((entry) => [entry.name, entry]));
  return {instanceId: inquiry.instanceId, entries};
}

function offeringOf({address, outcome}: Asked<Listed>): Offering {
  const entries = outcome.kind === 'answered' ? outcome.value.entries : new Map();
  return {address: formatAddress(address), entries};
}

function listedServers(asked: readonly Asked<Listed>[]): ListedServer[] {
  const known = new Map<string, string>();
  return asked.map(({address: {host, port}, outcome}) => {
    const address = formatAddress({host, port});
    if (outcome.kind === 'failed') return {address, status: 'failed', reason: reasonOf(outcome.error)};
    const {instanceId, entries} = outcome.value;
    const of = known.get(instanceId);
    if (of !== undefined) return {address, status: 'alias', of};
    known.set(instanceId, address);
    return {address, status: 'answered', files: entries.size};
  });
}

function namesMeant(offerings: readonly Offering[], words: readonly string[]) {
  const offered = new Set(offerings.flatMap(({entries}) => [...entries.keys()]));
  const {names, unlisted, unmatched} = select(offered, {words, all: words.length === 0});
  // A file that is still being indexed is in no listing; whoever is asked for it by name says so.
  const askable = unlisted.filter((word) => nameProblem(word) === null);
  const hopeless = unlisted.filter((word) => nameProblem(word) !== null);
  return {names: [...names, ...askable], unmatched: [...unmatched, ...hopeless]};
}

/** A server that fails here has answered before: what it would have said stays unknown. */
async function askDetails(
  answering: readonly Asked<Listed>[],
  questions: readonly (readonly string[])[],
  ports: ExchangePorts,
  signal: AbortSignal | undefined,
): Promise<Details> {
  const addresses = answering.map(({address}) => address);
  const asked = await askAll(
    addresses,
    ports,
    (inquiry, index) => detailsOf(inquiry, questions[index] ?? []),
    signal,
  );
  return asked.map(({outcome}) => (outcome.kind === 'answered' ? outcome.value : new Map()));
}

async function detailsOf(inquiry: Inquiry, names: readonly string[]): Promise<ReadonlyMap<string, Detail>> {
  const details = new Map<string, Detail>();
  const waiting = names.values();
  await Promise.all(
    Array.from({length: QUESTIONS_OUT_MAX}, async () => {
      for (const name of waiting) details.set(name, await detailOf(inquiry, name));
    }),
  );
  return details;
}

async function detailOf(inquiry: Inquiry, name: string): Promise<Detail> {
  const answer = await inquiry.manifest(name);
  if (answer.kind === 'refused') return answer;
  const {manifest, fragmentsHere} = answer.value;
  const {root, size, modifiedMs} = manifest;
  return {kind: 'served', root, size, modifiedMs, fragmentsHere};
}

function noneAnswered(asked: readonly Asked<unknown>[]): FdlError {
  const errors = asked.flatMap(({outcome}) => (outcome.kind === 'failed' ? [outcome.error] : []));
  const {code = 'no-server-reachable'} = worstOf(errors) ?? {};
  const told = asked.slice(0, NAMED_MAX).map(({address, outcome}) => {
    const reason = outcome.kind === 'failed' ? reasonOf(outcome.error) : '';
    return `${formatAddress(address)} (${reason})`;
  });
  const more = asked.length > NAMED_MAX ? ` and ${asked.length - NAMED_MAX} more` : '';
  return new FdlError(code, `no server could be asked: ${told.join(', ')}${more}`, {
    hint: 'Check that the servers run and that the addresses are right.',
  });
}

function reasonOf({code, message}: FdlError): string {
  return code === 'protocol-violation' ? `broke the protocol (${message})` : message;
}
