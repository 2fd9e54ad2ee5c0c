/** What became of every block that a client asked for, as the proxies of its servers saw it. */

import type {FrameTap, Seen} from './frame-tap.js';

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

/** So many frames later a block has left the proxy's buffers too: at least one block lies between. */
const FRAMES_BEHIND = 3;

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
  return tap.messages('fetch').flatMap(({frame, message}) => {
    const frames = tap.seen.filter(({connection}) => connection === frame.connection);
    const fromServer = frames.filter(({from}) => from === 'server');
    return Array.from({length: message.count}, (_, index): [string, Request] => {
      const block = message.firstBlock + index;
      return [`${message.fragment}/${block}`, requestOf(frame, block, frames, fromServer)];
    });
  });
}

function requestOf(
  asked: Seen,
  block: number,
  frames: readonly Seen[],
  fromServer: readonly Seen[],
): Request {
  const at = fromServer.findIndex(
    ({type, id, index}) => type === 'data' && id === asked.id && index === block,
  );
  const later = at < 0 ? undefined : fromServer[at + FRAMES_BEHIND];
  return {
    askedMs: asked.atMs,
    hasBegun: at >= 0,
    wholeMs: later?.atMs ?? Number.POSITIVE_INFINITY,
    endedMs: later?.atMs ?? frames.at(-1)?.atMs ?? asked.atMs,
  };
}
