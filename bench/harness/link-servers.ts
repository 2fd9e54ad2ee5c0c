/** fdl servers and nginx processes behind links: one of each at every far end, on one folder. They can be hurt and mended. */

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import type {Cleanup} from '../../test/support/files.js';
import {checkout, indexed, type Running, startFdl} from '../../test/support/processes.js';
import type {DownloadScene} from './downloads.js';
import type {Link} from './links.js';
import {cpuSeconds, peakMemoryBytes} from './measure.js';
import {offerFile} from './scenes.js';
import {answering, type Fleet, INDEX_DEADLINE_MS, nginxConfig} from './servers.js';

const FDL_PORT = 9_000;
const NGINX_PORT = 8_080;
/** Several times what the slowest tool takes with one lost server of four. */
const DEADLINE_SECONDS = 600;

/** How one server is started, and how one knows that it listens. */
interface Launch {
  readonly host: string;
  readonly port: number;
  start(): Running;
  ready(running: Running): Promise<unknown>;
}

/** A server that can be frozen, killed and started again on its address. */
export class LinkServer {
  readonly #launch: Launch;
  #running: Running | undefined;

  constructor(launch: Launch) {
    this.#launch = launch;
  }

  get host(): string {
    return this.#launch.host;
  }

  get port(): number {
    return this.#launch.port;
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Starts it unless it runs. */
  async start(): Promise<void> {
    if (this.#running !== undefined && !this.#running.ended) return;
    this.#running = this.#launch.start();
    await this.#launch.ready(this.#running);
  }

  freeze(): void {
    this.#running?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#running?.signal('SIGCONT');
  }

  kill(): void {
    this.#running?.signal('SIGKILL');
  }

  /** Resolves once it has ended. */
  async gone(): Promise<void> {
    await this.#running?.exited;
  }
}

export interface LinkServers {
  readonly fdl: readonly LinkServer[];
  readonly http: readonly LinkServer[];
}

/** A scene of `bytes` behind links, and its servers one by one, in the order of the links. */
export async function linkScene(
  cleanup: Cleanup,
  scratch: string,
  bytes: number,
  links: readonly Link[],
): Promise<{readonly scene: DownloadScene; readonly servers: LinkServers}> {
  const {folder, name, path} = offerFile(scratch, bytes);
  const servers: LinkServers = {
    fdl: links.map((link) => new LinkServer(fdlLaunch(cleanup, link, folder))),
    http: links.map((link, index) => new LinkServer(nginxLaunch(cleanup, link, folder, scratch, index))),
  };
  // The first one hashes, the others find it done.
  await servers.fdl[0]?.start();
  await indexed(folder, name, INDEX_DEADLINE_MS);
  await Promise.all([...servers.fdl, ...servers.http].map((server) => server.start()));
  const fleets = {fdl: fleetOf(servers.fdl), http: fleetOf(servers.http)};
  return {scene: {original: path, name, scratch, deadlineSeconds: DEADLINE_SECONDS, fleets}, servers};
}

/** `--in-place`, so that 4 GiB need memory once beside what arrives; nginx sends from the same file. */
function fdlLaunch(cleanup: Cleanup, link: Link, folder: string): Launch {
  const args = ['serve', String(FDL_PORT), '--host', link.host, '--dir', folder, '--in-place'];
  const program = [...link.prefix, process.execPath, join(checkout(), 'bin', 'run.js')];
  return {
    host: link.host,
    port: FDL_PORT,
    start: () => startFdl(cleanup, args, {cwd: folder, program}),
    ready: (running) => running.says(/listening on /),
  };
}

function nginxLaunch(cleanup: Cleanup, link: Link, folder: string, scratch: string, index: number): Launch {
  const home = join(scratch, `nginx-${index}`);
  const config = join(home, 'nginx.conf');
  mkdirSync(home, {recursive: true});
  writeFileSync(config, nginxConfig(home, folder, NGINX_PORT, link.host));
  return {
    host: link.host,
    port: NGINX_PORT,
    start: () =>
      startFdl(cleanup, ['-p', home, '-c', config], {cwd: home, program: [...link.prefix, 'nginx']}),
    ready: () => answering(`http://${link.host}:${NGINX_PORT}/`),
  };
}

function fleetOf(servers: readonly LinkServer[]): Fleet {
  return {
    addresses: servers.map(({address}) => address),
    cpuSeconds: () => servers.reduce((sum, {pid}) => sum + cpuSeconds(pid), 0),
    peakBytes: () => Math.max(...servers.map(({pid}) => peakMemoryBytes(pid))),
  };
}
