/** Puts the pages of a server on a port, for as long as it lives. Loaded only where somebody wants to watch. */

import type {Address} from '../../model.js';
import type {ServerNotice} from '../server/file-server.js';
import type {LibraryNotice} from '../server/library-events.js';
import {listenProblem} from '../server/listen-problem.js';
import {watchProcess} from './process-families.js';
import {createServerPages, type ServerFacts} from './server-pages.js';
import {startStatusServer} from './status-server.js';

export interface ServerWatch {
  readonly address: Address;
  notice(notice: LibraryNotice | ServerNotice): void;
  close(): void;
}

/** Throws FdlError `port-in-use`, or `usage` for an address that is not this machine's. */
export async function watchServer(
  address: Address,
  facts: Omit<ServerFacts, 'process'>,
): Promise<ServerWatch> {
  const process = watchProcess();
  const pages = createServerPages({...facts, process});
  try {
    const server = await startStatusServer(address, pages);
    return {
      address: server.address,
      notice: pages.notice,
      close() {
        server.close();
        process.stop();
      },
    };
  } catch (error) {
    process.stop();
    throw listenProblem(error, address, '--metrics-host');
  }
}
