/** What the contenders download from: fdl servers and nginx processes, all on one folder. */

import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';

import type {Cleanup} from '../../test/support/files.js';
import {indexed, type Running, startFdl} from '../../test/support/processes.js';
import {until} from '../../test/support/wait.js';
import {cpuSeconds, environment, peakMemoryBytes} from './measure.js';

const START_DEADLINE_MS = 30_000;
/** Gigabytes are hashed at the first start. */
export const INDEX_DEADLINE_MS = 300_000;

/** Servers of one kind that run beside each other. */
export interface Fleet {
  /** `127.0.0.1:9000` each. */
  readonly addresses: readonly string[];
  /** CPU time that all of them have used so far. */
  cpuSeconds(): number;
  /** The most memory that one of them ever held. */
  peakBytes(): number;
}

/** Where servers listen, and by which address clients reach each of them. */
export interface Hosts {
  readonly listen: string;
  reachedAt(server: number): string;
}

const LOOPBACK: Hosts = {listen: '127.0.0.1', reachedAt: () => '127.0.0.1'};

/**
 * `count` times `fdl serve` on one folder, ready with the file `name`. Further flags as typed. The first one cuts and
 * hashes, the others find it done.
 */
export async function startFdlServers(
  cleanup: Cleanup,
  folder: string,
  name: string,
  count: number,
  flags: readonly string[] = [],
  hosts = LOOPBACK,
): Promise<Fleet> {
  const servers: Running[] = [];
  const addresses: string[] = [];
  for (let started = 0; started < count; started++) {
    const server = startFdl(cleanup, ['serve', '0', '--dir', folder, '--host', hosts.listen, ...flags], {
      cwd: dirname(folder),
    });
    const [, port] = await server.says(/listening on \S+:(\d+)/, START_DEADLINE_MS);
    servers.push(server);
    addresses.push(`${hosts.reachedAt(started)}:${port}`);
    await indexed(folder, name, INDEX_DEADLINE_MS);
  }
  return fleet(
    servers.map(({child}) => child),
    addresses,
  );
}

/**
 * `count` nginx processes on one folder, one worker each, sendfile on: what Debian's nginx-light does best for large
 * files on this machine. No access log, since fdl writes none either.
 */
export async function startNginx(
  cleanup: Cleanup,
  folder: string,
  count: number,
  scratch: string,
  hosts = LOOPBACK,
): Promise<Fleet> {
  const children: ChildProcess[] = [];
  const addresses: string[] = [];
  for (let started = 0; started < count; started++) {
    const port = await freePort();
    const home = join(scratch, `nginx-${started}`);
    mkdirSync(home, {recursive: true});
    writeFileSync(join(home, 'nginx.conf'), nginxConfig(home, folder, port, hosts.listen));
    children.push(start(cleanup, 'nginx', ['-p', home, '-c', join(home, 'nginx.conf')]));
    addresses.push(`${hosts.reachedAt(started)}:${port}`);
  }
  for (const address of addresses) await answering(`http://${address}/`);
  return fleet(children, addresses);
}

/** One process (no master), so that its CPU time is all of it. */
export function nginxConfig(home: string, folder: string, port: number, listen = '127.0.0.1'): string {
  return `daemon off;
master_process off;
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${home};
  proxy_temp_path ${home};
  fastcgi_temp_path ${home};
  uwsgi_temp_path ${home};
  scgi_temp_path ${home};
  server {
    listen ${listen}:${port};
    root ${folder};
    autoindex on;
  }
}
`;
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export function answering(url: string): Promise<true> {
  return until(`${url} answers`, START_DEADLINE_MS, () =>
    fetch(url).then(
      () => true as const,
      () => undefined,
    ),
  );
}

function start(cleanup: Cleanup, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, {env: environment(), stdio: ['ignore', 'ignore', 'pipe']});
  const ended = once(child, 'close');
  cleanup.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

function fleet(children: readonly ChildProcess[], addresses: readonly string[]): Fleet {
  return {
    addresses,
    cpuSeconds: () => children.reduce((sum, {pid}) => sum + cpuSeconds(pid), 0),
    peakBytes: () => Math.max(...children.map(({pid}) => peakMemoryBytes(pid))),
  };
}
