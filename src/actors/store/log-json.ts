/** The records of a log that are JSON, checked field by field: a log is a file that anyone may have written. */

import {FRAGMENTS_MAX, LOG_RECORD_BYTES_MAX} from '../../limits.js';
import type {DatedManifest} from '../../machines/events.js';
import type {Geometry} from '../../model.js';

export interface LogHeader {
  readonly manifest: DatedManifest;
  /** The file's name on the servers. */
  readonly name: string;
}

/** How the part looked at a clean end. */
export interface LogMark {
  readonly size: number;
  readonly inode: string;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
}

const DIGEST = /^[0-9a-f]{64}$/;
const DECIMAL = /^-?[0-9]{1,24}$/;
const TEXT_MAX = 1_024;

/** Each returns null for what is not exactly such a record. */
export function parseHeader(body: Buffer): LogHeader | null {
  const value = parseObject(body);
  const manifest = value === null ? null : manifestOf(value['manifest']);
  if (value === null || manifest === null || !isText(value['name'])) return null;
  return {manifest, name: value['name']};
}

export function parseMark(body: Buffer): LogMark | null {
  const value = parseObject(body);
  if (value === null) return null;
  const {size, inode, mtimeNs, ctimeNs} = value;
  if (!isSize(size) || !isDecimal(inode) || !isDecimal(mtimeNs) || !isDecimal(ctimeNs)) return null;
  return {size, inode, mtimeNs, ctimeNs};
}

function manifestOf(value: unknown): DatedManifest | null {
  if (!isObject(value)) return null;
  const {size, sha256, root, modifiedMs} = value;
  const geometry = geometryOf(value['geometry']);
  if (!isSize(size) || geometry === null || !isDigest(sha256) || !isDigest(root)) return null;
  if (typeof modifiedMs !== 'number' || !Number.isFinite(modifiedMs)) return null;
  if (Math.ceil(size / geometry.fragmentBytes) > FRAGMENTS_MAX) return null;
  return {size, geometry, sha256, root, modifiedMs};
}

/** A fragment's digests must fit a record; so geometry cannot make tables huge either. */
function geometryOf(value: unknown): Geometry | null {
  if (!isObject(value)) return null;
  const {blockBytes, fragmentBytes} = value;
  if (!isSize(blockBytes) || !isSize(fragmentBytes) || blockBytes < 1) return null;
  const blocks = fragmentBytes / blockBytes;
  if (!Number.isInteger(blocks) || blocks < 1 || blocks * 32 > LOG_RECORD_BYTES_MAX - 8) return null;
  return {blockBytes, fragmentBytes};
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX;
}

function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value);
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
