/** Throws every hostile frame of test/vectors/bombs.json at both sides, often. Run by a test in a small heap. */

import {FdlError} from '../../src/errors.js';
import {CONTROL_BYTES_MAX, HEADER_BYTES} from '../../src/limits.js';
import {decodeClient, decodeServer} from '../../src/protocol/codec.js';
import {ControlReader, parseHeader} from '../../src/protocol/frame-reader.js';
import {FRAME_TYPES} from '../../src/protocol/messages.js';
import {type BombVectors, bytesOf, readVectors} from './vectors.js';

/** How one hostile frame was met: by a violation (its words), or in any other way (which is a failure). */
export interface Outcome {
  readonly bomb: string;
  readonly violation: string | null;
  readonly otherwise: string | null;
}

/** Every bomb once. Payloads that no message may hold are tried as every message. */
export function throwBombs(): Outcome[] {
  const {payloads, messages, headers} = readVectors<BombVectors>('bombs.json');
  const types = Object.entries(FRAME_TYPES).filter(([name]) => name !== 'data');
  return [
    ...headers.flatMap(({name, header}) => [
      outcome(name, () => parseHeader(Buffer.from(header, 'hex'))),
      outcome(`${name}, to a server`, () => new ControlReader().push(Buffer.from(header, 'hex'))),
    ]),
    ...payloads.flatMap(({name, payload}) =>
      types.map(([type, code]) => outcome(`${name}, as ${type}`, () => receive(code, bytesOf(payload)))),
    ),
    ...messages.map(({name, type, payload}) =>
      outcome(`${type}: ${name}`, () =>
        receive(FRAME_TYPES[type as keyof typeof FRAME_TYPES], bytesOf(payload)),
      ),
    ),
  ];
}

/** As a side receives a frame. A payload longer than any frame also goes to the decoder, past the header. */
function receive(type: number, payload: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 4);
  header.writeUInt32BE(1, 8);
  const decode = type < 0x80 ? decodeClient : decodeServer;
  if (payload.length <= CONTROL_BYTES_MAX) {
    decode(parseHeader(header), payload);
    return;
  }
  const early = outcome('', () => parseHeader(header));
  if (early.violation === null) throw new Error('the header of an oversized frame was accepted');
  decode({type, length: payload.length, id: 1, index: 0}, payload);
}

function outcome(bomb: string, act: () => unknown): Outcome {
  try {
    act();
    return {bomb, violation: null, otherwise: 'accepted'};
  } catch (error) {
    const isTyped = error instanceof FdlError && error.code === 'protocol-violation';
    return isTyped
      ? {bomb, violation: error.message, otherwise: null}
      : {bomb, violation: null, otherwise: String(error)};
  }
}
