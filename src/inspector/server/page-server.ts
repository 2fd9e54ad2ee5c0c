/**
 * Serves the page and its feed to browsers of this machine, and to nobody else. Whoever asks can make us hold next to
 * nothing: few connections, short headers, no bodies, a deadline for everything.
 */

import {randomBytes} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {FdlError} from '../../errors.js';
import {
  INSPECT_CONNECTIONS_MAX,
  INSPECT_HEADER_BYTES_MAX,
  INSPECT_LINKS_MAX,
  INSPECT_REQUEST_TIMEOUT_MS,
  INSPECT_STALL_TIMEOUT_MS,
} from '../../limits.js';
import {answerBounce, answerFile, answerJson, answerRedirect, answerText} from './answers.js';
import {type Asked, Gate} from './gate.js';
import type {PageFiles} from './page-files.js';

/** What the page asks for beside its files, by path. */
export type Routes = ReadonlyMap<string, Route>;

export type Route =
  | {readonly kind: 'json'; readonly value: () => Promise<unknown>}
  /** Answers by itself. May reject: the connection is closed then. */
  | {
      readonly kind: 'feed';
      readonly answer: (request: Wish, response: ServerResponse) => Promise<void> | void;
    };

/** What a feed is asked for. */
export interface Wish {
  readonly isHead: boolean;
  readonly query: URLSearchParams;
  readonly lastEventId: string | null;
}

export interface PageServerOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly files: PageFiles;
  readonly routes: Routes;
  /** The address was used up, and somebody wants in: this is a new one, for the terminal alone. */
  readonly onUsedLink: (url: string) => void;
}

export interface PageServer {
  /** With a token that lets one browser in. */
  readonly url: string;
  /** Ends at once, whoever is connected. */
  close(): void;
}

const HOST = '127.0.0.1';
const SECRET_BYTES = 24;

/** Starts listening on loopback. Throws FdlError `port-in-use`, or what else the system says of the port. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  let gate: Gate | null = null;
  const server = createServer(
    {
      maxHeaderSize: INSPECT_HEADER_BYTES_MAX,
      headersTimeout: INSPECT_REQUEST_TIMEOUT_MS,
      requestTimeout: INSPECT_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: INSPECT_REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: INSPECT_REQUEST_TIMEOUT_MS,
    },
    (request, response) => {
      if (gate === null) response.destroy();
      else void answer(request, response, gate, options).catch(() => response.destroy());
    },
  );
  server.maxConnections = INSPECT_CONNECTIONS_MAX;
  server.timeout = INSPECT_STALL_TIMEOUT_MS;
  const port = await listen(server, options.port);
  gate = new Gate({
    port,
    newSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
    onUsedLink: options.onUsedLink,
    linksMax: INSPECT_LINKS_MAX,
  });
  return {
    url: gate.url,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(problemOf(error, port));
    server.once('error', onError);
    server.listen({host: HOST, port, exclusive: true}, () => {
      server.off('error', onError);
      // Without descriptors accepting fails: a page is not worth more words than its own.
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function problemOf(error: NodeJS.ErrnoException, port: number): Error {
  const hint =
    'Choose another one with --inspect-port (--port of fdl inspect), or leave it out for any free one.';
  if (error.code === 'EADDRINUSE')
    return new FdlError('port-in-use', `port ${port} of ${HOST} is taken`, {hint, cause: error});
  if (error.code === 'EACCES')
    return new FdlError('usage', `port ${port} may not be used by this user`, {hint, cause: error});
  return error;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  {files, routes}: PageServerOptions,
): Promise<void> {
  const asked = askedOf(request);
  const verdict = gate.judge(asked);
  const isHead = asked.method === 'HEAD';
  switch (verdict.kind) {
    case 'refuse':
      return answerText(response, verdict.status, verdict.text, isHead);
    case 'bounce':
      return answerBounce(response, verdict.to, isHead);
    case 'home':
      return answerRedirect(response, '/', null);
    case 'enter':
      return answerRedirect(response, '/', verdict.cookie);
  }
  if (hasBody(request)) return answerText(response, 400, 'A request here has no body.\n', isHead);
  const {path, query} = verdict;
  const route = routes.get(path);
  if (route?.kind === 'json') return answerJson(response, await route.value(), isHead);
  const lastEventId = headerOf(request, 'last-event-id');
  if (route?.kind === 'feed') return route.answer({isHead, query, lastEventId}, response);
  const file = files.get(path);
  if (file === undefined) return answerText(response, 404, 'There is nothing of this name.\n', isHead);
  return answerFile(response, file, isHead);
}

function askedOf(request: IncomingMessage): Asked {
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    hosts: request.headersDistinct['host'] ?? [],
    origin: headerOf(request, 'origin'),
    cookie: headerOf(request, 'cookie'),
    site: headerOf(request, 'sec-fetch-site'),
    mode: headerOf(request, 'sec-fetch-mode'),
    purpose: headerOf(request, 'sec-purpose'),
  };
}

/** Repeated ones as one text, as the other side would not send them. */
function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headersDistinct[name];
  return value === undefined ? null : value.join('; ');
}

function hasBody({headers}: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
