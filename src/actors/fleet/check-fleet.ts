/** Looks at every server before the first byte: is it there, what has it, is it right, how fast is it. */

import type {FdlError} from '../../errors.js';
import type {CheckProgress, FleetCheck} from '../../fleet-report.js';
import {CHECK_BLOCKS_DEFAULT, CHECK_PINGS} from '../../limits.js';
import {judge} from '../../machines/fleet/judge.js';
import type {FileSeen, Observation} from '../../machines/fleet/observation.js';
import type {Address, HexDigest} from '../../model.js';
import {formatAddress} from '../../protocol/servers-file.js';
import {type Asked, askAll} from '../client/ask-all.js';
import type {ExchangePorts} from '../client/exchange.js';
import type {Inquiry} from '../client/inquiry.js';
import {holdingsOf} from '../client/proofs.js';
import {type SampleOptions, sampleBlocks} from './sample-blocks.js';

export interface CheckOptions {
  readonly servers: readonly Address[];
  /** The servers alone unless given. */
  readonly file?: string;
  /** Random blocks to look at, of each server; CHECK_BLOCKS_DEFAULT unless given. */
  readonly blocks?: number;
  readonly root?: HexDigest;
  readonly sha256?: HexDigest;
  readonly signal?: AbortSignal;
  /** At every block and every server that is done. */
  readonly onProgress?: (progress: CheckProgress) => void;
}

export interface CheckPorts extends ExchangePorts {
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** The report, with the verdict on a download that would be started now. Rejects only when it is stopped. */
export async function checkFleet(options: CheckOptions, ports: CheckPorts): Promise<FleetCheck> {
  const {servers, file = null, root = null, sha256 = null, signal} = options;
  const count = counterOf(options);
  const look = async (inquiry: Inquiry) => {
    const seen = await inspect(inquiry, options, {...ports, onVerified: () => count('blocks')});
    count('done');
    return seen;
  };
  const asked = await askAll(servers, ports, look, signal);
  return judge(asked.map(observationOf), {file, pin: {root, sha256}});
}

type Reached = Omit<Observation & {readonly kind: 'reached'}, 'address'>;
type InspectPorts = CheckPorts & Pick<SampleOptions, 'onVerified'>;

function counterOf({servers, onProgress}: CheckOptions): (what: 'done' | 'blocks') => void {
  const counts = {done: 0, blocks: 0};
  return (what) => {
    counts[what]++;
    onProgress?.({servers: servers.length, ...counts});
  };
}

async function inspect(inquiry: Inquiry, options: CheckOptions, ports: InspectPorts): Promise<Reached> {
  const latencyMs = await latencyOf(inquiry);
  const {instanceId, protocolVersion} = inquiry;
  const file =
    options.file === undefined
      ? await countFiles(inquiry)
      : await lookAt(inquiry, options.file, options, ports);
  return {kind: 'reached', instanceId, latencyMs, protocolVersion, file};
}

async function latencyOf(inquiry: Inquiry): Promise<number> {
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < CHECK_PINGS; turn++) quickestMs = Math.min(quickestMs, await inquiry.ping());
  // To the microsecond: more is noise.
  return Math.round(1_000 * quickestMs) / 1_000;
}

async function countFiles(inquiry: Inquiry): Promise<FileSeen> {
  const listing = await inquiry.list();
  return listing.kind === 'refused' ? listing : {kind: 'unasked', files: listing.value.length};
}

async function lookAt(
  inquiry: Inquiry,
  name: string,
  {blocks = CHECK_BLOCKS_DEFAULT}: CheckOptions,
  {random, clock, onVerified}: InspectPorts,
): Promise<FileSeen> {
  const served = await inquiry.manifest(name);
  if (served.kind === 'refused') return served;
  const held = await holdingsOf(inquiry, served.value);
  if (held.kind === 'refused') return held;
  const {manifest, fragmentsHere} = served.value;
  const about = {name, manifest, holds: held.value, blocks};
  const {sample, end} = await sampleBlocks(inquiry, {...about, random, clock, onVerified});
  return {kind: 'served', manifest, fragmentsHere, holds: held.value, sample, end};
}

function observationOf({address: {host, port}, outcome}: Asked<Reached>): Observation {
  const address = formatAddress({host, port});
  return outcome.kind === 'answered' ? {address, ...outcome.value} : {address, ...failureOf(outcome.error)};
}

function failureOf({code, message}: FdlError) {
  return code === 'protocol-violation'
    ? ({kind: 'violated', detail: message} as const)
    : ({kind: 'unreachable', reason: message} as const);
}
