/** Starts processes of a server with node's cluster: they run the same command line, and share what they listen on. */

import cluster from 'node:cluster';
import type {FromProcess, ToProcess} from '../../actors/server-processes/messages.js';
import type {StartProcess} from '../../actors/server-processes/supervisor.js';
import {roleVariables} from './process-role.js';

/** `instanceId`: by which clients know all of them as one server. Standard output is the parent's alone. */
export function startingProcesses(instanceId: string): StartProcess {
  cluster.setupPrimary({args: process.argv.slice(2), stdio: ['ignore', 'ignore', 'inherit', 'ipc']});
  return (number, tell) => {
    const worker = cluster.fork(roleVariables(number, instanceId));
    worker.on('message', (message: FromProcess) => tell(message));
    worker.once('error', (error: Error) => tell({kind: 'ended', how: error.message}));
    worker.once('exit', (code: number, signal: string | null) =>
      tell({kind: 'ended', how: signal ?? `exit code ${code}`}),
    );
    return {
      send(message: ToProcess) {
        if (worker.isConnected()) worker.send(message);
      },
    };
  };
}
