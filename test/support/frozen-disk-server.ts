/**
 * A disk that can hang: a file system in memory behind /dev/fuse, one flat folder, in a process of its own.
 * `node frozen-disk-server.js FOLDER FLAG` mounts it there, prints `mounted`, and serves until there is a file FLAG.
 * From then on every system call on it waits, as on a dead disk or a lost network drive, but for signals that kill.
 * (Those cannot end a call whose request was taken and not answered, so it hangs between two requests.)
 *
 * The messages are those of the kernel's include/uapi/linux/fuse.h, version 7.31, on a little-endian machine.
 */

import {spawnSync} from 'node:child_process';
import {existsSync, openSync, readSync, writeSync} from 'node:fs';

const ROOT = 1;
const FOLDER_MODE = 0o040755;
const FILE_MODE = 0o100000;
const ENOENT = 2;
const ENOSYS = 38;
const REQUEST_HEADER_BYTES = 40;
const REPLY_HEADER_BYTES = 16;
/** What one request may carry. */
const WRITE_BYTES_MAX = 1024 * 1024;
const BLOCK_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

interface File {
  readonly id: number;
  readonly mode: number;
  bytes: Buffer;
  mtimeMs: number;
}

/** A reply's body, an errno, or null where the kernel wants no reply. */
type Reply = Buffer | number | null;

const files = new Map<number, File>();
const names = new Map<string, number>();

function attributes(id: number): Buffer {
  const {bytes = NOTHING, mode = FOLDER_MODE, mtimeMs = 0} = files.get(id) ?? {};
  const out = Buffer.alloc(88);
  out.writeBigUInt64LE(BigInt(id), 0);
  out.writeBigUInt64LE(BigInt(bytes.length), 8);
  out.writeBigUInt64LE(BigInt(Math.ceil(bytes.length / 512)), 16);
  for (const index of [0, 1, 2]) {
    out.writeBigUInt64LE(BigInt(Math.floor(mtimeMs / 1000)), 24 + 8 * index);
    out.writeUInt32LE(Math.floor(mtimeMs % 1000) * 1_000_000, 48 + 4 * index);
  }
  out.writeUInt32LE(mode, 60);
  out.writeUInt32LE([...names.values()].filter((named) => named === id).length || 1, 64);
  out.writeUInt32LE(BLOCK_BYTES, 80);
  return out;
}

function entryOf(id: number | undefined): Reply {
  if (id === undefined) return ENOENT;
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(id), 0);
  return Buffer.concat([head, attributes(id)]);
}

function attributesReply(id: number): Buffer {
  return Buffer.concat([Buffer.alloc(16), attributes(id)]);
}

/** A handle; the number of the file serves as one. */
function handleOf(id: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeBigUInt64LE(BigInt(id), 0);
  return out;
}

function create(name: string, mode: number): Reply {
  const id = ROOT + 1 + files.size;
  files.set(id, {id, mode: FILE_MODE | (mode & 0o777), bytes: NOTHING, mtimeMs: Date.now()});
  names.set(name, id);
  return Buffer.concat([entryOf(id) as Buffer, handleOf(id)]);
}

function resize(file: File, size: number): void {
  if (size <= file.bytes.length) file.bytes = file.bytes.subarray(0, size);
  else file.bytes = Buffer.concat([file.bytes, Buffer.alloc(size - file.bytes.length)]);
}

function setAttributes(id: number, body: Buffer): Reply {
  const file = files.get(id);
  if (file === undefined) return attributesReply(id);
  const wanted = body.readUInt32LE(0);
  if (wanted & (1 << 3)) resize(file, Number(body.readBigUInt64LE(16)));
  if (wanted & (1 << 5)) file.mtimeMs = Number(body.readBigUInt64LE(40)) * 1000 + body.readUInt32LE(60) / 1e6;
  return attributesReply(id);
}

function write(id: number, body: Buffer): Reply {
  const file = files.get(id);
  if (file === undefined) return ENOENT;
  const offset = Number(body.readBigUInt64LE(8));
  const size = body.readUInt32LE(16);
  if (offset + size > file.bytes.length) resize(file, offset + size);
  body.copy(file.bytes, offset, 40, 40 + size);
  file.mtimeMs = Date.now();
  const out = Buffer.alloc(8);
  out.writeUInt32LE(size, 0);
  return out;
}

function read(id: number, body: Buffer): Reply {
  const offset = Number(body.readBigUInt64LE(8));
  return files.get(id)?.bytes.subarray(offset, offset + body.readUInt32LE(16)) ?? ENOENT;
}

function list(body: Buffer): Reply {
  const from = Number(body.readBigUInt64LE(8));
  const entries = [...names].slice(from).map(([name, id], index) => {
    const text = Buffer.from(name);
    const out = Buffer.alloc(24 + Math.ceil(text.length / 8) * 8);
    out.writeBigUInt64LE(BigInt(id), 0);
    out.writeBigUInt64LE(BigInt(from + index + 1), 8);
    out.writeUInt32LE(text.length, 16);
    text.copy(out, 24);
    return out;
  });
  return Buffer.concat(entries);
}

function link(body: Buffer): Reply {
  const id = Number(body.readBigUInt64LE(0));
  names.set(nameAt(body, 8), id);
  return entryOf(id);
}

function rename(body: Buffer, at: number): Reply {
  const from = nameAt(body, at);
  const id = names.get(from);
  if (id === undefined) return ENOENT;
  names.delete(from);
  names.set(nameAt(body, at + Buffer.byteLength(from) + 1), id);
  return NOTHING;
}

function space(): Reply {
  const out = Buffer.alloc(80);
  for (const index of [0, 1, 2, 3, 4]) out.writeBigUInt64LE(1_000_000n, 8 * index);
  out.writeUInt32LE(BLOCK_BYTES, 40);
  out.writeUInt32LE(255, 44);
  out.writeUInt32LE(BLOCK_BYTES, 48);
  return out;
}

function welcome(body: Buffer): Reply {
  const out = Buffer.alloc(64);
  out.writeUInt32LE(7, 0);
  out.writeUInt32LE(31, 4);
  out.writeUInt32LE(body.readUInt32LE(8), 8);
  out.writeUInt16LE(16, 16);
  out.writeUInt16LE(12, 18);
  out.writeUInt32LE(WRITE_BYTES_MAX, 20);
  out.writeUInt32LE(1, 24);
  return out;
}

/** Names in a request end with a zero byte. */
function nameAt(body: Buffer, at: number): string {
  return body.toString('utf8', at, body.indexOf(0, at));
}

const done = (): Reply => NOTHING;
const silent = (): Reply => null;

const HANDLERS: Readonly<Record<number, (id: number, body: Buffer) => Reply>> = {
  1: (_, body) => entryOf(names.get(nameAt(body, 0))), // lookup
  2: silent, // forget
  3: attributesReply, // getattr
  4: setAttributes,
  10: (_, body) => (names.delete(nameAt(body, 0)) ? NOTHING : ENOENT), // unlink
  12: (_, body) => rename(body, 8),
  13: (_, body) => link(body),
  14: handleOf, // open
  15: read,
  16: write,
  17: space, // statfs
  18: done, // release
  20: done, // fsync
  26: (_, body) => welcome(body), // init
  27: handleOf, // opendir
  28: (_, body) => list(body), // readdir
  29: done, // releasedir
  30: done, // fsyncdir
  35: (_, body) => create(nameAt(body, 16), body.readUInt32LE(4)),
  36: silent, // interrupt
  42: silent, // batch_forget
  45: (_, body) => rename(body, 16), // rename2
};

function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Bytes of the next request; 0 when the folder was unmounted. */
function nextRequest(device: number, into: Buffer): number {
  try {
    return readSync(device, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENODEV') return 0;
    throw error;
  }
}

function serve(device: number, flag: string): void {
  const request = Buffer.alloc(WRITE_BYTES_MAX + BLOCK_BYTES);
  for (;;) {
    if (existsSync(flag)) hang();
    const length = nextRequest(device, request);
    if (length === 0) return;
    const id = Number(request.readBigUInt64LE(16));
    const handler = HANDLERS[request.readUInt32LE(4)];
    const reply = handler?.(id, request.subarray(REQUEST_HEADER_BYTES, length)) ?? (handler ? null : ENOSYS);
    if (reply === null) continue;
    const body = typeof reply === 'number' ? NOTHING : reply;
    const head = Buffer.alloc(REPLY_HEADER_BYTES);
    head.writeUInt32LE(REPLY_HEADER_BYTES + body.length, 0);
    head.writeInt32LE(typeof reply === 'number' ? -reply : 0, 4);
    request.copy(head, 8, 8, 16);
    writeSync(device, Buffer.concat([head, body]));
  }
}

const [folder = '', flag = ''] = process.argv.slice(2);
const device = openSync('/dev/fuse', 'r+');
const {status, stderr} = spawnSync(
  'mount',
  [
    '-i',
    '-t',
    'fuse',
    '-o',
    `fd=3,rootmode=${FOLDER_MODE.toString(8)},user_id=0,group_id=0`,
    'memory',
    folder,
  ],
  {stdio: ['ignore', 'ignore', 'pipe', device], encoding: 'utf8'},
);
if (status !== 0) {
  process.stderr.write(`not mounted: ${stderr}\n`);
  process.exit(1);
}
process.stderr.write('mounted\n');
serve(device, flag);
