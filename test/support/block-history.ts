/** What became of every block that a client asked for, as the proxies of its servers saw it. */

import type {FrameTap} from './frame-tap.js';

export interface BlockHistory {
  /** Blocks asked for once more after they had come whole: nothing excuses that. */
  readonly again: readonly string[];
  /** Blocks asked for once more while another connection was about to bring them. */
  readonly hedged: number;
  /** Blocks asked for once more because their connection ended when they had begun to come. */
  readonly cut: number;
}

interface Request {
  readonly askedMs: number;
  /** Its first bytes reached the proxy. */
  readonly hasBegun: boolean;
  /** The client has all of it; infinite: perhaps never. */
  readonly wholeMs: number;
  /** It was not awaited any longer. */
  readonly endedMs: number;
}

/** A client has this many fetches out: when it asks for the next but one, it has read the end of this one. */
const FETCHES_LATER = 2;

/** Reads the taps of a download that has ended. */
export function blockHistory(taps: readonly FrameTap[]): BlockHistory {
  const requests = new Map<string, Request[]>();
  for (const [block, request] of taps.flatMap(requestsOf)) {
    requests.set(block, [...(requests.get(block) ?? []), request]);
  }
  const again: string[] = [];
  let hedged = 0;
  let cut = 0;
  for (const [block, list] of requests) {
    list.sort((a, b) => a.askedMs - b.askedMs);
    for (const [index, {askedMs}] of list.entries()) {
      const before = list.slice(0, index);
      if (before.some(({wholeMs}) => wholeMs < askedMs)) again.push(block);
      else if (before.some(({endedMs}) => endedMs > askedMs)) hedged++;
      else cut += before.filter(({hasBegun}) => hasBegun).length;
    }
  }
  return {again, hedged, cut};
}

function requestsOf(tap: FrameTap): [block: string, request: Request][] {
  const all = tap.messages('fetch');
  return all.flatMap(({frame, message}) => {
    const ofConnection = tap.seen.filter(({connection}) => connection === frame.connection);
    const fetches = ofConnection.filter(({type}) => type === 'fetch');
    const later = fetches[fetches.indexOf(frame) + FETCHES_LATER];
    return Array.from({length: message.count}, (_, index): [string, Request] => {
      const block = message.firstBlock + index;
      const hasBegun = ofConnection.some(
        (it) => it.type === 'data' && it.id === frame.id && it.index === block,
      );
      const request = {
        askedMs: frame.atMs,
        hasBegun,
        wholeMs: hasBegun && later !== undefined ? later.atMs : Number.POSITIVE_INFINITY,
        endedMs: later?.atMs ?? ofConnection.at(-1)?.atMs ?? frame.atMs,
      };
      return [`${message.fragment}/${block}`, request];
    });
  });
}
