/**
 * What may happen to one server of several in the middle of a download, and what the links can still bring afterwards. An
 * event strikes once a share of the file has arrived, told by the counters of the links; a server that is busy every other
 * second is so from the start.
 */

import {encodeServer} from '../../src/protocol/codec.js';
import type {ProxyOptions} from '../../test/support/chaos-proxy.js';
import type {LinkServer} from './link-servers.js';
import type {Link} from './links.js';

/** What is left of a link of which everything but this share is taken. */
const SLOWED_TO = 0.01;
const BUSY_PERIOD_MS = 2_000;
const BUSY_MS = 1_000;

/** The server that has trouble, and its link. */
export interface Victim {
  readonly link: Link;
  readonly server: LinkServer;
}

/** What is done to a server when a share of the file has arrived, and how it is undone. */
export interface Strike {
  readonly kind: 'strike';
  readonly name: string;
  /** Share of the file, from 0 to 1. */
  readonly at: number;
  /** Share of the victim's rate that is left. */
  readonly left: number;
  strike(victim: Victim): void;
  mend(victim: Victim): Promise<void>;
}

/** The server refuses fetches as a full one does, again and again. */
export interface Busy {
  readonly kind: 'busy';
  readonly name: string;
  readonly left: number;
}

export const STRIKES: readonly Strike[] = [
  {
    kind: 'strike',
    name: 'frozen at 30 %',
    at: 0.3,
    left: 0,
    strike: ({server}) => server.freeze(),
    mend: async ({server}) => server.thaw(),
  },
  {
    kind: 'strike',
    name: 'killed at 30 %',
    at: 0.3,
    left: 0,
    strike: ({server}) => server.kill(),
    mend: async ({server}) => {
      await server.gone();
      await server.start();
    },
  },
  {
    kind: 'strike',
    name: 'link down to 1 % at 50 %',
    at: 0.5,
    left: SLOWED_TO,
    strike: ({link}) => link.slowTo(SLOWED_TO),
    mend: async ({link}) => link.slowTo(1),
  },
];

export const BUSY: Busy = {
  kind: 'busy',
  name: 'busy 1 s of every 2 s',
  left: 1 - BUSY_MS / BUSY_PERIOD_MS,
};

/**
 * What a proxy does with the frames of a client so that the server behind it is busy in the second half of each period,
 * counted from `startMs`. It says when it will be free, as a server does. Fetches under way go on: a slot is never taken
 * back within one.
 */
export function busyControl(startMs: () => number): NonNullable<ProxyOptions['control']> {
  return ({from, message, atMs}) => {
    if (from !== 'client' || message?.type !== 'fetch') return 'pass';
    const retryAfterMs = busyFor(atMs - startMs());
    if (retryAfterMs === 0) return 'pass';
    const status = {kind: 'busy', retryAfterMs, slots: 1, slotsInUse: 1} as const;
    return {answer: [encodeServer({type: 'end', id: message.id, status})]};
  };
}

/** Whole milliseconds until the busy time is over; 0 when it is not busy. */
export function busyFor(sinceStartMs: number): number {
  const phase = sinceStartMs % BUSY_PERIOD_MS;
  return phase < BUSY_PERIOD_MS - BUSY_MS ? 0 : Math.ceil(BUSY_PERIOD_MS - phase);
}

/** What all links together bring once the victim has trouble, in bytes a second. */
export function ratesLeft(rates: readonly number[], victim: number, left: number): number {
  return rates.reduce((total, rate, index) => total + (index === victim ? rate * left : rate), 0);
}
