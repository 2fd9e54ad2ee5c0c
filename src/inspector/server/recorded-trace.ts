/** A trace in a file, for the page: looked at once at the beginning, then streamed as it is. */

import {createWriteStream} from 'node:fs';
import {type FileHandle, mkdtemp, open, rm} from 'node:fs/promises';
import type {ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {FdlError} from '../../errors.js';
import {TRACE_LINE_BYTES_MAX} from '../../limits.js';
import {TraceReader} from '../../trace/read.js';
import type {RowOf} from '../../trace/rows.js';
import {begin} from './answers.js';
import type {Wish} from './page-server.js';

export interface RecordedTrace {
  /** As people call it. */
  readonly name: string;
  readonly command: RowOf<'trace'>['command'];
  /** Its size now: one that is still being written grows. */
  bytes(): Promise<number>;
  answer(wish: Wish, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a trace. It stays the file that it was, whatever takes its name later. Throws FdlError `usage` when it cannot be
 * read or is no trace.
 */
export async function openTrace(path: string): Promise<RecordedTrace> {
  return opened(await openFile(path, path), basename(path), path);
}

/** The same from a stream, to its end: it is kept in a file that nobody else sees. */
export async function receiveTrace(stream: Readable): Promise<RecordedTrace> {
  const folder = await mkdtemp(join(tmpdir(), 'fdl-inspect-'));
  const path = join(folder, 'trace.ndjson');
  try {
    await pipeline(stream, createWriteStream(path, {flags: 'wx', mode: 0o600}));
    return await opened(await openFile(path, STANDARD_INPUT), STANDARD_INPUT, STANDARD_INPUT);
  } finally {
    // It is open: its bytes stay until it is closed.
    await rm(folder, {recursive: true, force: true});
  }
}

const STANDARD_INPUT = 'standard input';

async function openFile(path: string, shown: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (cause) {
    throw unreadable(shown, (cause as Error).message, cause);
  }
  throw unreadable(shown, 'it is no file', undefined);
}

function unreadable(shown: string, why: string, cause: unknown): FdlError {
  return new FdlError('usage', `${shown} cannot be read: ${why}`, {
    hint: 'Name a file that --trace has written.',
    cause,
  });
}

async function opened(file: FileHandle, name: string, shown: string): Promise<RecordedTrace> {
  try {
    const {command} = await headerOf(file, shown);
    return {
      name,
      command,
      bytes: async () => (await file.stat()).size,
      answer: (wish, response) => stream(file, wish, response),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads as much as its first line can be long. */
async function headerOf(file: FileHandle, shown: string): Promise<RowOf<'trace'>> {
  const head = Buffer.alloc(TRACE_LINE_BYTES_MAX);
  const {bytesRead} = await file.read(head, 0, head.length, 0).catch((cause: Error) => {
    throw unreadable(shown, cause.message, cause);
  });
  const line = head.subarray(0, bytesRead);
  const end = line.indexOf('\n');
  const reader = new TraceReader();
  const [row] = reader.push(end < 0 ? line : line.subarray(0, end + 1));
  reader.end();
  if (row?.k !== 'trace') throw unreadable(shown, 'it has no header', undefined);
  return row;
}

/** What there is at this moment; whole lines are the business of whoever reads. */
async function stream(file: FileHandle, {isHead}: Wish, response: ServerResponse): Promise<void> {
  const {size} = await file.stat();
  begin(response, 200, {'Content-Type': 'application/x-ndjson', 'Content-Length': size});
  if (isHead || size === 0) return void response.end();
  await pipeline(file.createReadStream({start: 0, end: size - 1, autoClose: false}), response);
}
