/** Resets a connection. */

import type {Socket} from 'node:net';

/**
 * Sends RST. A socket whose end is already on its way is destroyed instead: its reset would fail inside node, which
 * then waits for that socket for ever when the process exits.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
