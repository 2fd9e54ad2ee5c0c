/** Sockets as a link sees them: a port, so that a simulated network can stand in. */

import {connect, type Socket} from 'node:net';
import {FAMILY_ATTEMPT_TIMEOUT_MS, FLOWING_BYTES} from '../../limits.js';
import type {Address} from '../../model.js';

/** What a socket asks and tells. */
export interface SocketListener {
  /** Memory for the next bytes: asked after opening and after each `received`, never empty. */
  memory(): Uint8Array;
  /** `count` bytes are in the memory that was given last. */
  received(count: number): void;
  opened(): void;
  /** Once, and the last that is said. */
  closed(reason: string): void;
}

export interface OpenSocket {
  write(bytes: Uint8Array): void;
  /** Bytes stop coming; the end of the peer is not noticed meanwhile. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes. */
  end(): void;
  destroy(): void;
}

/** Opens a socket. Never throws: failure is told by `closed`. */
export type Dial = (address: Address, listener: SocketListener) => OpenSocket;

/** TCP through node:net, reading into the listener's memory without a copy. */
export const dialTcp: Dial = ({host, port}, listener) => {
  const socket = connect({
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: FAMILY_ATTEMPT_TIMEOUT_MS,
    onread: {
      buffer: () => listener.memory(),
      callback: (count) => {
        listener.received(count);
        return true;
      },
    },
  });
  let failure: NodeJS.ErrnoException | null = null;
  socket.on('connect', () => listener.opened());
  socket.on('error', (error) => {
    failure = error;
  });
  // The server's FIN ends the connection: a server that is done says goodbye first.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => listener.closed(reasonOf(failure)));
  return handleOf(socket);
};

/** As `dial`; `told` is called, once or more, when a server has begun to send content: what it says before is shorter. */
export function onceFlowing(dial: Dial, told: () => void): Dial {
  return (address, listener) => {
    let silentBytes = FLOWING_BYTES;
    return dial(address, {
      memory: () => listener.memory(),
      opened: () => listener.opened(),
      closed: (reason) => listener.closed(reason),
      received: (count) => {
        listener.received(count);
        if (silentBytes <= 0) return;
        silentBytes -= count;
        if (silentBytes <= 0) told();
      },
    });
  };
}

function handleOf(socket: Socket): OpenSocket {
  return {
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => socket.destroySoon(),
    destroy: () => void socket.destroy(),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'its name could not be looked up',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EPIPE: 'connection closed',
};

/** A failure in words; other people's texts never get in. */
function reasonOf(failure: NodeJS.ErrnoException | null): string {
  if (failure === null) return 'connection closed';
  const code = failure.code ?? 'unknown error';
  return REASONS[code] ?? code;
}
