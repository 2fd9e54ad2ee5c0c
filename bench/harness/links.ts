/**
 * Links of chosen rates: a network namespace for each server, joined to this one by a veth pair whose far end is shaped by
 * tbf. A server behind a link of its own can be frozen, killed or slowed without touching the others, and what each link
 * brought can be read from its counters.
 */

import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';

import type {Cleanup} from '../../test/support/files.js';

/** Bits of a second that tbf counts as one `mbit`. */
const BITS_IN_MEGABIT = 1_000_000;
/**
 * What may leave at once after a pause: a bucket that is full after less loses what it is owed whenever the machine does not
 * come to send for so long, and with 2 ms links on two shared cores brought 0.94 to 0.99 of their rate, with 20 ms all of it.
 * A bucket is full when a download begins, so this is also a head start, which an ideal time has to take off.
 */
export const BURST_SECONDS = 0.02;
/** Of links slower than that: ten packets. */
const BURST_BYTES_MIN = 16_384;
/**
 * The least bucket of a link whose rate is changed: pieces of 64 KiB may wait in its queue, and one that is larger than the
 * bucket could never leave.
 */
const CHANGED_BURST_BYTES_MIN = 81_920;
/** Queue behind the bucket. With 50 ms the start of a connection overran 10 Mbit/s by thousands of packets; this drops none. */
const QUEUE_MS = 200;
/** Ethernet (14), IPv4 (20) and TCP with time stamps (32): what the counters hold of a piece besides its payload. */
const HEADER_BYTES = 66;
const ETHERNET_BYTES = 14;
const MTU_BYTES = 1_500;
/** Share of what tbf counts that is TCP payload: 1,448 of 1,514 bytes of a full packet. */
const PAYLOAD_SHARE = (MTU_BYTES + ETHERNET_BYTES - HEADER_BYTES) / (MTU_BYTES + ETHERNET_BYTES);
/** 198.18.0.0/15 is set aside for benchmarks (RFC 2544); a /30 for each link, a /24 for each run. */
const NETWORK = '198.18';
const LINKS_MAX = 64;
const NETWORKS = 256;
const INNER = 'eth0';

/** Why there are no links here; undefined when there are. */
export function linksMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `fdl-bench-probe-${process.pid}`;
  const isMade = spawnSync('ip', ['netns', 'add', name]).status === 0;
  if (!isMade) return 'network namespaces cannot be made here (ip netns add)';
  try {
    const shaped = spawnSync('tc', ['-n', name, ...tbf('add', 'lo', BITS_IN_MEGABIT)]);
    return shaped.status === 0 ? undefined : 'the kernel shapes nothing here (tc qdisc add ... tbf)';
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

/** Links of these rates, gone when the suite has ended. What runs behind them must have ended before. */
export function makeLinks(cleanup: Cleanup, megabits: readonly number[]): Link[] {
  return megabits.map((rate) => {
    const link = new Link(rate);
    cleanup.after(() => link.remove());
    link.make();
    return link;
  });
}

/** Counts the links of this process: names and addresses are never used twice. */
let made = 0;

export class Link {
  readonly megabits: number;
  readonly #namespace: string;
  readonly #outer: string;
  readonly #outerAddress: string;
  /** Address of the server at the far end. */
  readonly host: string;

  constructor(megabits: number) {
    const number = made++ % LINKS_MAX;
    this.megabits = megabits;
    this.#namespace = `fdl-bench-${process.pid}-${number}`;
    this.#outer = `fb${process.pid}-${number}`;
    const network = `${NETWORK}.${process.pid % NETWORKS}`;
    this.#outerAddress = `${network}.${number * 4 + 1}`;
    this.host = `${network}.${number * 4 + 2}`;
  }

  make(): void {
    const [space, outer] = [this.#namespace, this.#outer];
    run('ip', ['netns', 'add', space]);
    run('ip', ['link', 'add', outer, 'type', 'veth', 'peer', 'name', INNER, 'netns', space]);
    run('ip', ['addr', 'add', `${this.#outerAddress}/30`, 'dev', outer]);
    run('ip', ['link', 'set', outer, 'up']);
    run('ip', ['-n', space, 'addr', 'add', `${this.host}/30`, 'dev', INNER]);
    run('ip', ['-n', space, 'link', 'set', INNER, 'up']);
    run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
    this.#shape('add', 1);
  }

  /** The near end takes the far one with it, also while a process still holds the namespace. */
  remove(): void {
    spawnSync('ip', ['link', 'del', this.#outer]);
    spawnSync('ip', ['netns', 'del', this.#namespace]);
  }

  /** From now on this share of its rate. */
  slowTo(share: number): void {
    this.#shape('change', share);
  }

  /** The words before a command that is to run at the far end. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespace];
  }

  /** Payload that the link must bring, from what its packets look like. */
  get payloadBytesPerSecond(): number {
    return ((this.megabits * BITS_IN_MEGABIT) / 8) * PAYLOAD_SHARE;
  }

  /** TCP payload that has arrived over the link so far. Offload makes packets large, so headers are counted by packets. */
  payloadBytes(): number {
    return this.#counter('rx_bytes') - this.#counter('rx_packets') * HEADER_BYTES;
  }

  #counter(name: string): number {
    return Number(readFileSync(`/sys/class/net/${this.#outer}/statistics/${name}`, 'latin1'));
  }

  #shape(verb: 'add' | 'change', share: number): void {
    run('tc', ['-n', this.#namespace, ...tbf(verb, INNER, this.megabits * BITS_IN_MEGABIT * share)]);
  }
}

function tbf(verb: 'add' | 'change', device: string, bitsPerSecond: number): string[] {
  const least = verb === 'add' ? BURST_BYTES_MIN : CHANGED_BURST_BYTES_MIN;
  const burst = Math.max(least, Math.round((bitsPerSecond / 8) * BURST_SECONDS));
  const rate = [`rate`, `${bitsPerSecond}bit`, 'burst', `${burst}b`, 'latency', `${QUEUE_MS}ms`];
  return ['qdisc', verb, 'dev', device, 'root', 'tbf', ...rate];
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, {stdio: ['ignore', 'ignore', 'pipe']});
}
