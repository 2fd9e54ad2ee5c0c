/** The same questions to many servers at once, so many at a time; each server has an outcome of its own. */

import {FdlError} from '../../errors.js';
import {DIALS_MAX} from '../../limits.js';
import type {Address} from '../../model.js';
import type {ExchangePorts} from './exchange.js';
import {type Inquiry, openInquiry, throwIfAborted} from './inquiry.js';

/** What became of the questions to one server. */
export type Outcome<T> =
  | {readonly kind: 'answered'; readonly value: T}
  | {readonly kind: 'failed'; readonly error: FdlError};

export interface Asked<T> {
  readonly address: Address;
  readonly outcome: Outcome<T>;
}

/**
 * Opens an inquiry to each address, at most DIALS_MAX at a time, has `ask` use it and closes it. The outcomes are in
 * the order of the addresses, and `told` hears of each at once; one that fails leaves the others as they are. Rejects when `signal` aborts, with its
 * reason (see openInquiry), and with anything that is no FdlError: that is a bug.
 */
export async function askAll<T>(
  addresses: readonly Address[],
  ports: ExchangePorts,
  ask: (inquiry: Inquiry, index: number) => Promise<T>,
  signal?: AbortSignal,
  told?: (index: number, outcome: Outcome<T>) => void,
): Promise<Asked<T>[]> {
  const asked: Asked<T>[] = [];
  const waiting = addresses.entries();
  await Promise.all(
    Array.from({length: Math.min(DIALS_MAX, addresses.length)}, async () => {
      for (const [index, address] of waiting) {
        const outcome = await outcomeOf(address, ports, (inquiry) => ask(inquiry, index), signal);
        throwIfAborted(signal);
        asked[index] = {address, outcome};
        told?.(index, outcome);
      }
    }),
  );
  return asked;
}

async function outcomeOf<T>(
  address: Address,
  ports: ExchangePorts,
  ask: (inquiry: Inquiry) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<Outcome<T>> {
  let inquiry: Inquiry | null = null;
  try {
    inquiry = await openInquiry(address, ports, signal);
    return {kind: 'answered', value: await ask(inquiry)};
  } catch (error) {
    if (error instanceof FdlError) return {kind: 'failed', error};
    throw error;
  } finally {
    inquiry?.close();
  }
}
