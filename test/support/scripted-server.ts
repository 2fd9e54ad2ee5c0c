/** A server that answers every message with exactly the bytes that a test tells it: honest, wrong, or none. */

import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {decodeClient, encodeServer} from '../../src/protocol/codec.js';
import {ControlReader} from '../../src/protocol/frame-reader.js';
import {type ClientMessage, MAGIC, type ServerMessage} from '../../src/protocol/messages.js';
import {type Cleanup, lastFirst} from './files.js';

/** What goes back: messages are encoded, bytes are sent as they are. */
export type Script = (message: ClientMessage) => readonly (ServerMessage | Uint8Array)[];

export interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  /** Everything that clients said, in order. */
  readonly heard: readonly ClientMessage[];
  /** Connections open now, and the most there were at once. */
  readonly connections: {readonly now: number; readonly most: number};
}

export const INSTANCE_ID = '0f'.repeat(16);

/** Welcomes, and answers everything else by `script`. */
export function welcoming(script: Script = () => []): Script {
  return (message) =>
    message.type === 'hello'
      ? [{type: 'welcome', id: 0, version: 1, features: [], instanceId: INSTANCE_ID}]
      : script(message);
}

/** Starts one on a free port; it is gone when the test has ended. */
export async function startScriptedServer(t: Cleanup, script: Script): Promise<ScriptedServer> {
  const cleanup = lastFirst(t);
  const heard: ClientMessage[] = [];
  const connections = {now: 0, most: 0};
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    connections.now++;
    connections.most = Math.max(connections.most, connections.now);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      connections.now--;
    });
    listen(socket, (message) => {
      heard.push(message);
      for (const reply of script(message))
        socket.write(reply instanceof Uint8Array ? reply : encodeServer(reply));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {host: '127.0.0.1', port: (server.address() as AddressInfo).port, heard, connections};
}

function listen(socket: Socket, onMessage: (message: ClientMessage) => void): void {
  const reader = new ControlReader();
  let magic = MAGIC.length;
  socket.on('data', (bytes) => {
    const rest = bytes.subarray(Math.min(magic, bytes.length));
    magic -= bytes.length - rest.length;
    for (const {header, payload} of reader.push(rest)) onMessage(decodeClient(header, payload));
  });
}
