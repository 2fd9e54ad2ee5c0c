/**
 * Control frames to messages and back; the only file that knows msgpackr. A peer's bytes pass three gates: the scan
 * (msgpack-scan.ts), the decoder, and the limits of every field (layouts.ts). What is sent passes the same limits.
 */

// Not 'msgpackr' itself: that also looks for a native part, which takes longer to load than it can save here.
import {Packr, Unpackr} from 'msgpackr/pack';
import {FdlError} from '../errors.js';
import {CONTROL_BYTES_MAX, HEADER_BYTES} from '../limits.js';
import {FieldError, itemsOf, type Layout} from './fields.js';
import {writeHeader} from './frame-reader.js';
import {CLIENT_LAYOUTS, SERVER_LAYOUTS} from './layouts.js';
import {type ClientMessage, FRAME_TYPES, type FrameHeader, type ServerMessage} from './messages.js';
import {msgpackProblem} from './msgpack-scan.js';

const MSGPACK = {useRecords: false, structuredClone: false, moreTypes: false, int64AsType: 'number'} as const;
const packr = new Packr(MSGPACK);
const unpackr = new Unpackr(MSGPACK);

type MessageType = ClientMessage['type'] | ServerMessage['type'];

/** Messages that later versions may lengthen: what follows the known fields is ignored. */
const OPEN_ENDED: ReadonlySet<string> = new Set<MessageType>(['hello', 'welcome']);
/** Messages that something refers to by id; 0 is the connection itself. */
const NUMBERED: ReadonlySet<string> = new Set<MessageType>([
  'list',
  'manifest',
  'digests',
  'blockDigests',
  'have',
  'fetch',
  'cancel',
  'ping',
  'bundle',
  'pending',
]);

/** A whole frame. A message outside the limits is a bug of the caller: RangeError. */
export function encodeClient(message: ClientMessage): Buffer {
  return encode(message, CLIENT_LAYOUTS[message.type]);
}

/** A whole frame. A message outside the limits is a bug of the caller: RangeError. */
export function encodeServer(message: ServerMessage): Buffer {
  return encode(message, SERVER_LAYOUTS[message.type]);
}

/** A client's message; nothing in it refers to `payload`. Throws FdlError `protocol-violation`. */
export function decodeClient(header: FrameHeader, payload: Uint8Array): ClientMessage {
  return decode<ClientMessage>(CLIENT_TYPES, header, payload);
}

/** A server's message; nothing in it refers to `payload`. Throws FdlError `protocol-violation`. */
export function decodeServer(header: FrameHeader, payload: Uint8Array): ServerMessage {
  return decode<ServerMessage>(SERVER_TYPES, header, payload);
}

function encode(message: {readonly type: MessageType; readonly id: number}, layout: Layout<object>): Buffer {
  const problem = idProblem(message.type, message.id);
  if (problem !== null) throw new RangeError(problem);
  const payload = packr.pack(itemsToSend(message, layout));
  if (payload.length > CONTROL_BYTES_MAX)
    throw new RangeError(`a ${message.type} of ${payload.length} bytes`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(frame, {type: FRAME_TYPES[message.type], length: payload.length, id: message.id, index: 0});
  frame.set(payload, HEADER_BYTES);
  return frame;
}

function itemsToSend(message: {readonly type: MessageType}, layout: Layout<object>): unknown[] {
  try {
    return layout.encode(message);
  } catch (error) {
    if (error instanceof FieldError) throw new RangeError(`${message.type}: ${error.message}`);
    throw error;
  }
}

/** What a frame type of one side stands for. */
interface WireType {
  readonly name: MessageType;
  readonly layout: Layout<object>;
}

const CLIENT_TYPES = byFrameType(CLIENT_LAYOUTS);
const SERVER_TYPES = byFrameType(SERVER_LAYOUTS);

function byFrameType(layouts: Partial<Record<MessageType, Layout<object>>>): ReadonlyMap<number, WireType> {
  const names = Object.keys(layouts) as MessageType[];
  return new Map(names.map((name) => [FRAME_TYPES[name], {name, layout: layouts[name] as Layout<object>}]));
}

function decode<M>(types: ReadonlyMap<number, WireType>, header: FrameHeader, payload: Uint8Array): M {
  const type = types.get(header.type);
  if (type === undefined) throw new FdlError('protocol-violation', `unexpected frame type ${header.type}`);
  const {name, layout} = type;
  const problem =
    header.length === payload.length ? idProblem(name, header.id) : 'payload and header differ in length';
  if (problem !== null) throw new FdlError('protocol-violation', `${name}: ${problem}`);
  try {
    const widest = OPEN_ENDED.has(name) ? Number.POSITIVE_INFINITY : layout.width;
    const items = itemsOf(unpack(payload), layout.width, widest);
    return {type: name, id: header.id, ...layout.decode(items)} as M;
  } catch (error) {
    // Whatever goes wrong in here comes from the peer's bytes, RangeErrors of the decoder included.
    const detail = error instanceof FieldError ? error.message : 'not decodable';
    throw new FdlError('protocol-violation', `${name}: ${detail}`, {cause: error});
  }
}

function unpack(payload: Uint8Array): unknown {
  const problem = msgpackProblem(payload);
  if (problem !== null) throw new FieldError(`has ${problem}`);
  // A view of its own, since the decoder keeps notes on the one it is given.
  return unpackr.unpack(payload.subarray());
}

function idProblem(name: MessageType, id: number): string | null {
  return id === 0 && NUMBERED.has(name) ? `${name} with the id of the connection` : null;
}
