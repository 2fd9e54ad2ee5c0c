/** Answers to browsers. Each carries what keeps a page to itself: no framing, no scripts but its own, no reading by others. */

import {readFile} from 'node:fs/promises';
import type {OutgoingHttpHeaders, ServerResponse} from 'node:http';
import type {PageFile} from './page-files.js';

const PLAIN = 'text/plain; charset=utf-8';
/** Of files whose name says their content. */
const FOREVER = 'private, max-age=31536000, immutable';

const PROTECTION: OutgoingHttpHeaders = {
  'Content-Security-Policy': [
    "default-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Begins an answer. Nothing is kept by the browser unless `headers` say otherwise. */
export function begin(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, {...PROTECTION, 'Cache-Control': 'no-store', ...headers});
}

function answer(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  isHead: boolean,
  headers: OutgoingHttpHeaders,
): void {
  begin(response, status, {'Content-Length': Buffer.byteLength(body), ...headers});
  response.end(isHead ? undefined : body);
}

/** Words for people. What is no success ends the connection: whoever is refused keeps nothing. */
export function answerText(response: ServerResponse, status: number, text: string, isHead: boolean): void {
  answer(response, status, text, isHead, {
    'Content-Type': PLAIN,
    Connection: 'close',
    ...(status === 405 && {Allow: 'GET, HEAD'}),
  });
}

export function answerJson(response: ServerResponse, value: unknown, isHead: boolean): void {
  answer(response, 200, JSON.stringify(value), isHead, {'Content-Type': 'application/json'});
}

/** `cookie`: set on the way; null: none. */
export function answerRedirect(response: ServerResponse, to: string, cookie: string | null): void {
  begin(response, 303, {
    Location: to,
    'Content-Length': 0,
    ...(cookie !== null && {'Set-Cookie': cookie}),
  });
  response.end();
}

/** A page that leads on to `to`, which must be safe as a part of HTML: the next request is then one of ours. */
export function answerBounce(response: ServerResponse, to: string, isHead: boolean): void {
  const link = to.replaceAll('&', '&amp;');
  const page = `<!doctype html><meta charset="utf-8"><title>fdl</title><meta http-equiv="refresh" content="0;url=${link}"><p><a href="${link}">Open the page</a></p>\n`;
  answer(response, 200, page, isHead, {'Content-Type': 'text/html; charset=utf-8'});
}

/** A file of the page. Rejects when it is gone. */
export async function answerFile(response: ServerResponse, file: PageFile, isHead: boolean): Promise<void> {
  const bytes = await readFile(file.path);
  answer(response, 200, bytes, isHead, {
    'Content-Type': file.type,
    ...(file.isImmutable && {'Cache-Control': FOREVER}),
  });
}
