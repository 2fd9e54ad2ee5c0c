/** How a download from these servers would end, and with which error: the rules of plan/verdict.ts, before the first byte. */

import {FdlError} from '../../errors.js';
import type {CheckVerdict, Finding, ServerCheck} from '../../fleet-report.js';
import {fragmentCount} from '../../geometry.js';
import {NAMED_MAX} from '../../limits.js';
import type {HexDigest} from '../../model.js';
import {agree, type Pin} from '../plan/agreement.js';
import type {FileSeen, Observation} from './observation.js';
import {holdsFragment} from './pick-blocks.js';

export interface VerdictOptions {
  readonly file: string | null;
  readonly pin: Pin;
}

type Served = FileSeen & {readonly kind: 'served'};

interface Verdict {
  /** The version that a download would fetch. */
  readonly root: HexDigest | null;
  readonly verdict: CheckVerdict;
}

/** `observations` has each server process once, `servers` every address. */
export function verdictOf(
  observations: readonly Observation[],
  servers: readonly ServerCheck[],
  {file, pin}: VerdictOptions,
): Verdict {
  const reached = observations.filter(({kind}) => kind === 'reached');
  if (reached.length === 0) return failure(null, noneReached(servers));
  if (file === null) return success(null, serversAnswer(reached.length, observations.length));
  const offers = observations.flatMap((observation, server) => {
    const served = servedOf(observation);
    return served === null ? [] : [{server, manifest: served.manifest}];
  });
  const agreement = agree(offers, pin);
  switch (agreement.kind) {
    case 'none':
      return nowhere(file, servers);
    case 'pin-not-offered':
      return failure(null, pinNotOffered(file, pin));
    case 'disagree':
      return failure(
        null,
        disagreeing(
          file,
          agreement.offers.map(({manifest}) => manifest.root),
        ),
      );
    case 'agreed': {
      const {manifest} = agreement.offer;
      const sources = observations
        .flatMap((it) => servedOf(it) ?? [])
        .filter((it) => it.manifest.root === manifest.root);
      return fromSources(file, sources, servers);
    }
  }
}

function servedOf(observation: Observation): Served | null {
  return observation.kind === 'reached' && observation.file.kind === 'served' ? observation.file : null;
}

/** Everybody who has the version: does what the honest ones have make up the file? */
function fromSources(file: string, sources: readonly Served[], servers: readonly ServerCheck[]): Verdict {
  const [{manifest} = {manifest: null}] = sources;
  if (manifest === null) return nowhere(file, servers);
  const {root, size, geometry} = manifest;
  const honest = sources.filter(({end}) => end.kind !== 'corrupt');
  const able = honest.filter(({end}) => end.kind === 'done' || end.kind === 'busy');
  const fragments = fragmentCount(size, geometry);
  const missing = missingFrom(fragments, able);
  if (able.length === 0 || missing.length > 0) {
    if (missingFrom(fragments, sources).length > 0)
      return failure(root, fragmentsNowhere(file, missing, fragments));
    const areLost = honest.length > 0 && missingFrom(fragments, honest).length === 0;
    return failure(root, areLost ? lostSources(file, servers) : unverifiable(file, servers));
  }
  const ready = able.filter(({end}) => end.kind === 'done');
  const from = able.length === 1 ? '1 server' : `${able.length} servers`;
  const mustWait = ready.length === 0 || missingFrom(fragments, ready).length > 0;
  const wait = mustWait ? ', but would wait for busy ones' : '';
  return success(root, `a download would succeed, from ${from}${wait}`);
}

function missingFrom(fragments: number, sources: readonly Served[]): number[] {
  if (sources.some(({holds}) => holds === null)) return [];
  const missing: number[] = [];
  for (let fragment = 1; fragment <= fragments; fragment++)
    if (!sources.some(({holds}) => holdsFragment(holds, fragment))) missing.push(fragment);
  return missing;
}

/** Nobody named a version. */
function nowhere(file: string, servers: readonly ServerCheck[]): Verdict {
  const having = (kind: Finding['kind']) => servers.filter(({findings}) => findings[0]?.kind === kind);
  if (having('indexing').length > 0) {
    const who = named(having('indexing').map(({address}) => address));
    return success(null, `a download would wait until ${quote(file)} is indexed by ${who}, and then begin`);
  }
  if (having('corrupt').length > 0) return failure(null, unverifiable(file, servers));
  if (having('unreachable').length > 0) {
    const rest = named(having('unreachable').map(({address}) => address));
    return failure(
      null,
      new FdlError(
        'no-server-reachable',
        `no server that answers has ${quote(file)}, and ${rest} cannot be asked`,
        {
          hint: 'Check that all servers run, and the name: it is the path below the folder that the servers offer.',
        },
      ),
    );
  }
  return failure(
    null,
    new FdlError('file-not-found', `no server has ${quote(file)}`, {
      hint: 'Check the name: it is the path below the folder that the servers offer.',
    }),
  );
}

function noneReached(servers: readonly ServerCheck[]): FdlError {
  const isLie = servers.some(({findings}) => findings[0]?.kind === 'corrupt');
  const hint = 'Check that the servers run and that the addresses are right.';
  if (isLie)
    return new FdlError('content-unverifiable', 'no server that speaks fdl as it should was reached', {hint});
  return new FdlError('no-server-reachable', 'no server was reached', {hint});
}

function serversAnswer(reached: number, all: number): string {
  return reached === all ? 'all servers answer' : `${reached} of ${all} servers answer`;
}

function pinNotOffered(file: string, {root, sha256}: Pin): FdlError {
  const wanted = root === null ? `SHA-256 ${sha256}` : `root ${root}`;
  return new FdlError('pin-mismatch', `no server has ${quote(file)} with ${wanted}`, {
    hint: 'Leave the pin out to take the version that the servers have, or ask a server that has the wanted one.',
  });
}

function disagreeing(file: string, roots: readonly HexDigest[]): FdlError {
  const versions = [...new Set(roots)];
  return new FdlError('servers-disagree', `the servers have ${versions.length} versions of ${quote(file)}`, {
    hint: `Numbers do not tell which is right: find out, and choose it with --root.\n${versions
      .slice(0, NAMED_MAX)
      .map((root) => `  --root ${root}`)
      .join('\n')}`,
  });
}

function fragmentsNowhere(file: string, missing: readonly number[], fragments: number): FdlError {
  const noun = missing.length === 1 ? 'fragment' : 'fragments';
  return new FdlError(
    'fragments-missing',
    `no server has ${noun} ${named(missing.map(String))} of ${quote(file)} (of ${fragments})`,
    {hint: 'Add a server that has the rest; everything else can be downloaded meanwhile, and is kept.'},
  );
}

function unverifiable(file: string, servers: readonly ServerCheck[]): FdlError {
  const liars = servers.filter(({findings}) => findings.some(({kind}) => kind === 'corrupt'));
  return new FdlError(
    'content-unverifiable',
    `no honest source is left for ${quote(file)}: ${named(liars.map(({address}) => address))} sent wrong content`,
    {hint: 'Add a server that has the file, or repair the copies of these.'},
  );
}

function lostSources(file: string, servers: readonly ServerCheck[]): FdlError {
  const gone = servers.filter(({findings}) =>
    findings.some(({kind}) => kind === 'unreachable' || kind === 'refusing'),
  );
  return new FdlError(
    'servers-lost',
    `${named(gone.map(({address}) => address))} would have to send what nobody else has of ${quote(file)}`,
    {hint: 'Check these servers, or add one that has the file.'},
  );
}

function named(words: readonly string[]): string {
  const more = words.length - NAMED_MAX;
  return more > 0 ? `${words.slice(0, NAMED_MAX).join(', ')} and ${more} more` : words.join(', ');
}

function success(root: HexDigest | null, message: string): Verdict {
  return {root, verdict: {succeeds: true, exitCode: 0, code: null, message, hint: null}};
}

function failure(root: HexDigest | null, {exitCode, code, message, hint}: FdlError): Verdict {
  return {root, verdict: {succeeds: false, exitCode, code, message, hint: hint ?? null}};
}

function quote(name: string): string {
  return `"${name}"`;
}
