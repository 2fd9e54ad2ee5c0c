/** What a proxy saw of the protocol: every frame with its time, so that tests can assert order and amounts. */

import {decodeClient, decodeServer} from '../../src/protocol/codec.js';
import {
  type ClientMessage,
  FRAME_TYPES,
  type FrameHeader,
  type ServerMessage,
} from '../../src/protocol/messages.js';

export type FrameName = keyof typeof FRAME_TYPES;

/** One frame as it arrived at the proxy, before any fault. */
export interface Seen {
  /** Reading of performance.now(). */
  readonly atMs: number;
  /** Number of the connection at its proxy, from 1. */
  readonly connection: number;
  readonly from: 'client' | 'server';
  readonly type: FrameName;
  readonly id: number;
  /** Block within its fragment, for data frames. */
  readonly index: number;
  /** Bytes of payload that the header announces. */
  readonly length: number;
  /** The decoded message; null for data frames and for what does not decode. */
  readonly message: ClientMessage | ServerMessage | null;
}

/** Frames kept in memory: a 2.5 GiB file from one proxy is a few thousand. */
const SEEN_MAX = 500_000;

export class FrameTap {
  readonly seen: Seen[] = [];
  /** Frames beyond SEEN_MAX; a test that needs all of them asserts that this is 0. */
  unseen = 0;
  /** Payload bytes of the data frames that were announced. */
  dataBytes = 0;

  /** Notes a frame and returns it. `payload` is null for data frames. */
  note(from: Seen['from'], connection: number, header: FrameHeader, payload: Buffer | null): Seen {
    const seen: Seen = {
      atMs: performance.now(),
      connection,
      from,
      type: NAMES.get(header.type) ?? 'error',
      id: header.id,
      index: header.index,
      length: header.length,
      message: payload === null ? null : decoded(from, header, payload),
    };
    if (payload === null) this.dataBytes += header.length;
    if (this.seen.length < SEEN_MAX) this.seen.push(seen);
    else this.unseen++;
    return seen;
  }

  /** Frames of one type, in order of arrival. */
  of(type: FrameName): Seen[] {
    return this.seen.filter((frame) => frame.type === type);
  }

  /** Decoded messages of one type, with the frame that brought each. */
  messages<Type extends AnyMessage['type']>(
    type: Type,
  ): {frame: Seen; message: Extract<AnyMessage, {type: Type}>}[] {
    return this.seen.flatMap((frame) =>
      frame.message?.type === type
        ? [{frame, message: frame.message as Extract<AnyMessage, {type: Type}>}]
        : [],
    );
  }

  /** What the server refused for want of a slot: when, and for how long it asked to be left alone. */
  busyReplies(): {readonly frame: Seen; readonly retryAfterMs: number}[] {
    return this.messages('end').flatMap(({frame, message}) =>
      message.status.kind === 'busy' ? [{frame, retryAfterMs: message.status.retryAfterMs}] : [],
    );
  }
}

type AnyMessage = ClientMessage | ServerMessage;

const NAMES: ReadonlyMap<number, FrameName> = new Map(
  Object.entries(FRAME_TYPES).map(([name, type]) => [type, name as FrameName]),
);

function decoded(from: Seen['from'], header: FrameHeader, payload: Buffer): AnyMessage | null {
  try {
    return from === 'client' ? decodeClient(header, payload) : decodeServer(header, payload);
  } catch {
    return null;
  }
}
