/** Puts the pages of a download on a port, for as long as it runs. Loaded only where somebody wants to watch. */

import type {Address} from '../../model.js';
import type {Progress} from '../../report.js';
import {listenProblem} from '../server/listen-problem.js';
import {createDownloadPages} from './download-pages.js';
import {watchProcess} from './process-families.js';
import {startStatusServer} from './status-server.js';

export interface DownloadWatch {
  readonly address: Address;
  progress(progress: Progress): void;
  close(): void;
}

/** Throws FdlError `port-in-use`, or `usage` for an address that is not this machine's. */
export async function watchDownload(address: Address): Promise<DownloadWatch> {
  const process = watchProcess();
  let latest: Progress | null = null;
  try {
    const server = await startStatusServer(
      address,
      createDownloadPages(() => latest, process),
    );
    return {
      address: server.address,
      progress(progress) {
        latest = progress;
      },
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
