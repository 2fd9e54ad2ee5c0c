/** From what was seen of each server to findings and a verdict on a download. Pure. */

import type {CheckedVersion, Finding, FleetCheck, FragmentRange, ServerCheck} from '../../fleet-report.js';
import {fragmentCount} from '../../geometry.js';
import {CHECK_FASTER, CHECK_SLOW_BYTES_PER_SECOND} from '../../limits.js';
import type {HexDigest, RefusalCode} from '../../model.js';
import {REFUSAL_WORDS} from '../../report.js';
import {matchesPin, type Pin} from '../plan/agreement.js';
import type {FileSeen, Observation, SampleEnd} from './observation.js';
import {holdsFragment} from './pick-blocks.js';
import {verdictOf} from './verdict.js';

export interface JudgeOptions {
  /** Null: the servers alone were looked at. */
  readonly file: string | null;
  readonly pin: Pin;
}

type Served = FileSeen & {readonly kind: 'served'};

/** What is common to all servers, for comparing. */
interface Common {
  /** Addresses of server processes that were met first, by their ids. */
  readonly first: ReadonlyMap<string, string>;
  /** Roots that are not called other versions. */
  readonly roots: ReadonlySet<HexDigest>;
  /** Rate of the quickest server, in bytes per second. */
  readonly quickest: number;
}

export function judge(observations: readonly Observation[], {file, pin}: JudgeOptions): FleetCheck {
  const first = firstAddresses(observations);
  const distinct = observations.filter(
    (it) => it.kind !== 'reached' || first.get(it.instanceId) === it.address,
  );
  const roots = usualRoots(distinct, pin);
  const common = {first, roots, quickest: quickestOf(distinct)};
  const servers = observations.map((observation) => checkOf(observation, common));
  const {root, verdict} = verdictOf(distinct, servers, {file, pin});
  return {file, servers, root, verdict};
}

/** One process may be listed under several addresses: the first one counts. */
function firstAddresses(observations: readonly Observation[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const it of observations)
    if (it.kind === 'reached' && !first.has(it.instanceId)) first.set(it.instanceId, it.address);
  return first;
}

/**
 * The versions that a server may have without being told apart: those of the pin, else the ones that most servers have.
 * Several of equal standing are all named. Being many makes no version the right one: see the verdict.
 */
function usualRoots(observations: readonly Observation[], pin: Pin): ReadonlySet<HexDigest> {
  const counts = new Map<HexDigest, number>();
  const isPinned = pin.root !== null || pin.sha256 !== null;
  for (const {manifest} of observations.flatMap(servedOf)) {
    if (!isPinned || matchesPin(manifest, pin))
      counts.set(manifest.root, (counts.get(manifest.root) ?? 0) + 1);
  }
  if (isPinned) return new Set(counts.keys());
  const most = Math.max(0, ...counts.values());
  const usual = [...counts].filter(([, count]) => count === most).map(([root]) => root);
  // Two servers with two versions: each is another one than the other's.
  return new Set(usual.length === 1 ? usual : []);
}

function quickestOf(observations: readonly Observation[]): number {
  return Math.max(0, ...observations.flatMap(servedOf).map(({sample}) => sample.bytesPerSecond ?? 0));
}

function servedOf(observation: Observation): Served[] {
  return observation.kind === 'reached' && observation.file.kind === 'served' ? [observation.file] : [];
}

/** Refusals that say nothing of the file: a download takes them for a lost server. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['draining', 'io-error', 'too-many-requests']);
const UNKNOWN = {latencyMs: null, protocolVersion: null, files: null, version: null, sample: null};

function checkOf(observation: Observation, common: Common): ServerCheck {
  const {address} = observation;
  switch (observation.kind) {
    case 'unreachable':
      return {address, ...UNKNOWN, findings: [{kind: 'unreachable', reason: observation.reason}]};
    case 'violated': {
      const evidence = {kind: 'protocol', detail: observation.detail} as const;
      return {address, ...UNKNOWN, findings: [{kind: 'corrupt', evidence}]};
    }
    case 'reached': {
      const {latencyMs, protocolVersion, instanceId, file} = observation;
      const known = {address, ...UNKNOWN, latencyMs, protocolVersion};
      const of = common.first.get(instanceId) ?? address;
      if (of !== address) return {...known, findings: [{kind: 'alias', of}]};
      return {...known, ...fileOf(file, common)};
    }
  }
}

function fileOf(
  file: FileSeen,
  common: Common,
): Partial<Omit<ServerCheck, 'findings'>> & Pick<ServerCheck, 'findings'> {
  switch (file.kind) {
    case 'unasked':
      return {files: file.files, findings: []};
    case 'refused': {
      const {code, progressPermille} = file.refusal;
      if (code === 'indexing') return {findings: [{kind: 'indexing', progressPermille}]};
      if (PASSING.has(code))
        return {findings: [{kind: 'unreachable', reason: REFUSAL_WORDS[code] ?? 'is shutting down'}]};
      return {findings: [{kind: 'absent', reason: code}]};
    }
    case 'served':
      return {version: versionOf(file), sample: file.sample, findings: findingsOf(file, common)};
  }
}

function versionOf({manifest, fragmentsHere}: Served): CheckedVersion {
  const {root, sha256, size, modifiedMs, geometry} = manifest;
  return {root, sha256, size, modifiedMs, fragments: fragmentCount(size, geometry), fragmentsHere};
}

/** The worst first. */
function findingsOf(file: Served, {roots, quickest}: Common): Finding[] {
  const {manifest, fragmentsHere, sample} = file;
  const findings = endFindings(file.end);
  if (!roots.has(manifest.root)) findings.push({kind: 'other-version', root: manifest.root});
  if (fragmentsHere < fragmentCount(manifest.size, manifest.geometry))
    findings.push({kind: 'partial', fragmentsHere, missing: missingOf(file)});
  const rate = sample.bytesPerSecond;
  if (rate !== null && rate < CHECK_SLOW_BYTES_PER_SECOND && rate * CHECK_FASTER <= quickest)
    findings.push({kind: 'slow', bytesPerSecond: rate});
  return findings;
}

function endFindings(end: SampleEnd): Finding[] {
  switch (end.kind) {
    case 'done':
      return [];
    case 'lost':
      return [{kind: 'unreachable', reason: end.reason}];
    case 'refused':
      return [{kind: 'refusing', reason: end.reason}];
    default:
      return [end];
  }
}

/** As ranges: a copy of a large file may lack thousands. */
function missingOf({manifest, holds}: Served): FragmentRange[] {
  const ranges: [number, number][] = [];
  for (let fragment = 1; fragment <= fragmentCount(manifest.size, manifest.geometry); fragment++) {
    if (holdsFragment(holds, fragment)) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === fragment - 1) last[1] = fragment;
    else ranges.push([fragment, fragment]);
  }
  return ranges;
}
