/** A version as servers describe it: agreed on first, its digests asked for when they are needed. */

import {FdlError} from '../../errors.js';
import type {Address, HexDigest, Manifest} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
import {REFUSAL_WORDS} from '../../report.js';
import {askAll} from '../client/ask-all.js';
import type {ExchangePorts} from '../client/exchange.js';
import {type Inquiry, openInquiry, type ServedManifest} from '../client/inquiry.js';
import type {Answered} from '../client/open-requests.js';
import {provedBlockDigests, provedFragmentDigests} from '../client/proofs.js';
import type {Reference} from './reference.js';

/** What one server said of the file. */
export interface AskedServer {
  /** `host:port`. */
  readonly address: string;
  /** Of the version it has; null: none, see `problem`. */
  readonly root: HexDigest | null;
  /** Why it was of no use, in words; null when it was. */
  readonly problem: string | null;
}

/** Servers to compare with. */
export interface ServerQuestion {
  readonly addresses: readonly Address[];
  /** Name of the file on the servers. */
  readonly name: string;
  readonly root: HexDigest | null;
  readonly sha256: HexDigest | null;
  readonly signal?: AbortSignal;
}

export interface AskedReference extends Reference {
  /** In the order of the list; problems that show later included. */
  readonly servers: readonly AskedServer[];
}

interface Row {
  readonly address: Address;
  readonly manifest: Manifest | null;
  readonly everAnswered: boolean;
  problem: string | null;
}

const SERVERS_NAMED_MAX = 8;

/**
 * Asks all servers for their version. Throws FdlError `no-server-reachable`, `file-not-found`, `servers-disagree`,
 * `pin-mismatch` or `interrupted`.
 */
export async function askServers(question: ServerQuestion, ports: ExchangePorts): Promise<AskedReference> {
  const {addresses, name, signal} = question;
  const asked = await askAll(addresses, ports, (inquiry) => inquiry.manifest(name), signal);
  const rows = asked.map(({address, outcome}): Row => {
    if (outcome.kind === 'failed')
      return {address, manifest: null, everAnswered: false, problem: outcome.error.message};
    return {address, everAnswered: true, ...rowOf(outcome.value)};
  });
  return new ServerReference(question, ports, rows, chosen(question, rows));
}

function rowOf(answer: Answered<ServedManifest>): Pick<Row, 'manifest' | 'problem'> {
  if (answer.kind === 'answered') return {manifest: answer.value.manifest, problem: null};
  return {manifest: null, problem: REFUSAL_WORDS[answer.refusal.code] ?? answer.refusal.code};
}

/** The one version that fits the pins. */
function chosen({name, root, sha256}: ServerQuestion, rows: readonly Row[]): Manifest {
  const offers = rows.flatMap(({manifest}) => (manifest === null ? [] : [manifest]));
  if (offers.length === 0) throw nothingOffered(name, rows);
  const fitting = offers.filter(
    (offer) => (root === null || offer.root === root) && (sha256 === null || offer.sha256 === sha256),
  );
  const [first] = fitting;
  if (first === undefined) {
    throw new FdlError('pin-mismatch', `no server has "${name}" in the pinned version: ${versions(rows)}`, {
      hint: 'Leave the pin out to compare with the version that the servers have.',
    });
  }
  if (fitting.every((offer) => offer.root === first.root)) return first;
  throw new FdlError(
    'servers-disagree',
    `the servers have different versions of "${name}": ${versions(rows)}`,
    {
      hint: "Choose the one to compare with by --root. 'fdl root FILE' tells which one the file here is.",
    },
  );
}

function nothingOffered(name: string, rows: readonly Row[]): FdlError {
  const all = described(rows);
  if (rows.every(({everAnswered}) => everAnswered)) {
    return new FdlError('file-not-found', `no server has "${name}": ${all}`, {
      hint: 'If it is called otherwise there, say how: --name models/a.bin.',
    });
  }
  return new FdlError('no-server-reachable', `no server could be asked for "${name}": ${all}`, {
    hint: 'Check that the servers run and that the addresses are right, then try again.',
  });
}

function described(rows: readonly Row[]): string {
  const named = rows
    .slice(0, SERVERS_NAMED_MAX)
    .map(({address, problem}) => `${formatAddress(address)} (${problem ?? 'has it'})`);
  const more = rows.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** A line for each root, its servers in the order of the list. */
function versions(rows: readonly Row[]): string {
  const byRoot = new Map<HexDigest, string[]>();
  for (const {address, manifest} of rows) {
    if (manifest === null) continue;
    byRoot.set(manifest.root, [...(byRoot.get(manifest.root) ?? []), formatAddress(address)]);
  }
  return [...byRoot].map(([root, addresses]) => `\n  root ${root}: ${addresses.join(', ')}`).join('');
}

class ServerReference implements AskedReference {
  readonly manifest: Manifest;
  readonly #question: ServerQuestion;
  readonly #ports: ExchangePorts;
  readonly #rows: readonly Row[];
  /** The connection in use, and to whom. */
  #open: {readonly inquiry: Inquiry; readonly row: Row} | null = null;
  #proved: Uint8Array | null = null;

  constructor(question: ServerQuestion, ports: ExchangePorts, rows: readonly Row[], manifest: Manifest) {
    this.#question = question;
    this.#ports = ports;
    this.#rows = rows;
    this.manifest = manifest;
  }

  get servers(): readonly AskedServer[] {
    return this.#rows.map(({address, manifest, problem}) => ({
      address: formatAddress(address),
      root: manifest?.root ?? null,
      problem,
    }));
  }

  async fragmentDigests(): Promise<Uint8Array | null> {
    this.#proved ??= await this.#ask((inquiry) => provedFragmentDigests(inquiry, this.manifest));
    return this.#proved;
  }

  async blockDigests(fragment: number): Promise<Uint8Array | null> {
    const known = await this.fragmentDigests();
    if (known === null) return null;
    return this.#ask((inquiry) => provedBlockDigests(inquiry, this.manifest, known, fragment));
  }

  close(): void {
    this.#open?.inquiry.close();
    this.#open = null;
  }

  /** The first proved answer; a server that gives none is not asked again. Null when nobody is left. */
  async #ask(question: (inquiry: Inquiry) => Promise<Answered<Uint8Array>>): Promise<Uint8Array | null> {
    for (;;) {
      const row = this.#open?.row ?? this.#next();
      if (row === undefined) return null;
      try {
        const answer = await question(await this.#inquiryTo(row));
        if (answer.kind === 'answered') return answer.value;
        row.problem = REFUSAL_WORDS[answer.refusal.code] ?? answer.refusal.code;
      } catch (error) {
        if (!(error instanceof FdlError) || error.code === 'interrupted') throw error;
        row.problem = error.message;
      }
      this.close();
    }
  }

  #next(): Row | undefined {
    return this.#rows.find(
      ({manifest, problem}) => problem === null && manifest?.root === this.manifest.root,
    );
  }

  async #inquiryTo(row: Row): Promise<Inquiry> {
    if (this.#open !== null) return this.#open.inquiry;
    const inquiry = await openInquiry(row.address, this.#ports, this.#question.signal);
    this.#open = {inquiry, row};
    return inquiry;
  }
}
