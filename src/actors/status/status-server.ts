/**
 * Two pages for those who watch a process: `/metrics` and `/healthz`. Nothing else is answered, and whoever asks can
 * make us hold next to nothing: few connections, short headers, no bodies, a deadline for everything.
 */

import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {STATUS_CONNECTIONS_MAX, STATUS_HEADER_BYTES_MAX, STATUS_TIMEOUT_MS} from '../../limits.js';
import type {Address} from '../../model.js';
import {EXPOSITION_TYPE} from './exposition.js';

/** What the pages say; asked anew for each request. */
export interface StatusPages {
  readonly metrics: () => Promise<string>;
  readonly health: () => Health;
}

export interface Health {
  /** 503 otherwise. */
  readonly isReady: boolean;
  /** Shown as JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface StatusServer {
  readonly address: Address;
  /** Ends at once, whoever is connected. */
  close(): void;
}

/** Starts listening; `port` 0 is any free one. Rejects with what the system says of the address. */
export async function startStatusServer({host, port}: Address, pages: StatusPages): Promise<StatusServer> {
  const server = createServer(
    {
      maxHeaderSize: STATUS_HEADER_BYTES_MAX,
      headersTimeout: STATUS_TIMEOUT_MS,
      requestTimeout: STATUS_TIMEOUT_MS,
      connectionsCheckingInterval: STATUS_TIMEOUT_MS,
    },
    (request, response) => void answer(request, response, pages),
  );
  server.maxConnections = STATUS_CONNECTIONS_MAX;
  server.timeout = STATUS_TIMEOUT_MS;
  const bound = await listen(server, host, port);
  return {
    address: {host, port: bound},
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({host, port, exclusive: true}, () => {
      server.off('error', reject);
      // Without descriptors accepting fails; those who are served are not told here but by the file server.
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: StatusPages): Promise<void> {
  try {
    const page = await pageFor(request, pages);
    response.writeHead(page.status, {
      'Content-Type': page.type,
      'Content-Length': Buffer.byteLength(page.text),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // Nobody asks often enough to keep connections for.
      Connection: 'close',
      ...(page.status === 405 && {Allow: 'GET, HEAD'}),
    });
    response.end(request.method === 'HEAD' ? undefined : page.text);
  } catch {
    response.destroy();
  }
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const PLAIN = 'text/plain; charset=utf-8';

async function pageFor({method, url = ''}: IncomingMessage, pages: StatusPages): Promise<Page> {
  const path = url.replace(/\?.*$/s, '');
  if (path !== '/metrics' && path !== '/healthz')
    return {status: 404, type: PLAIN, text: 'not found: there are /metrics and /healthz\n'};
  if (method !== 'GET' && method !== 'HEAD')
    return {status: 405, type: PLAIN, text: 'only GET and HEAD are answered here\n'};
  if (path === '/metrics') return {status: 200, type: EXPOSITION_TYPE, text: await pages.metrics()};
  const {isReady, body} = pages.health();
  return {status: isReady ? 200 : 503, type: 'application/json', text: `${JSON.stringify(body)}\n`};
}
