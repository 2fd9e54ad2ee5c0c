/** What a system's refusal to listen means to the user. */

import {FdlError} from '../../errors.js';
import type {Address} from '../../model.js';

/** Why nobody can listen there, as FdlError `port-in-use`, or `usage`; `flag` is the one that names the host. */
export function listenProblem(cause: unknown, {host, port}: Address, flag: string): FdlError {
  const {code, message} = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new FdlError('port-in-use', `port ${port} on ${host} is taken`, {
      hint: 'Another program listens there, perhaps another fdl serve. Choose another port, or 0 for any free one.',
      cause,
    });
  }
  if (code === 'EACCES') {
    return new FdlError('usage', `no permission to listen on port ${port}`, {
      hint: 'Ports below 1024 are for the system; choose one above.',
      cause,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new FdlError('usage', `${host} is no address of this machine`, {
      hint: `Use ${flag} 127.0.0.1 for this machine alone, or ${flag} 0.0.0.0 for everyone who can reach it.`,
      cause,
    });
  }
  return new FdlError('unexpected', `cannot listen on port ${port}: ${message}`, {cause});
}
