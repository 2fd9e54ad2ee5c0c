/** What a local file is compared with. */

import {stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {FdlError} from '../../errors.js';
import {MANIFEST_BYTES_MAX} from '../../limits.js';
import type {Geometry, Manifest} from '../../model.js';
import {rightBlockDigests} from '../fragments/index-files.js';
import {decodeIndex, INDEX_FORMAT} from '../fragments/index-record.js';
import {fieldsOf, type RecordedVersion} from '../fragments/record-fields.js';
import {openLocal, readError} from './local-file.js';
import {blocksOfFragment, manifestName, parseManifest} from './saved-manifest.js';

/** A version to compare with. Its digests are proved up to the root; null: they are not to be had. */
export interface Reference {
  readonly manifest: Manifest;
  fragmentDigests(): Promise<Uint8Array | null>;
  blockDigests(fragment: number): Promise<Uint8Array | null>;
  close(): void;
}

/**
 * The manifest saved at `path`, or the index.json of a fragments folder. Throws FdlError `path-unsuitable` when it
 * cannot be read, `manifest-invalid` when it is none or damaged.
 */
export async function readReference(path: string, geometry: Geometry): Promise<Reference> {
  const text = await readText(path);
  const format = fieldsOf(text)?.['format'];
  return format === INDEX_FORMAT
    ? indexReference(path, text, geometry)
    : manifestReference(path, text, geometry);
}

/** The manifest at a path, or the one of `file` in a folder of manifests. */
export async function manifestAt(path: string, file: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  return isFolder ? join(path, manifestName(file)) : path;
}

function manifestReference(path: string, text: string, geometry: Geometry): Reference {
  const saved = parseManifest(text, geometry);
  if (typeof saved === 'string') throw invalid(path, saved);
  const {blockDigests} = saved;
  return recorded(saved, async (fragment) =>
    blockDigests === null ? null : blocksOfFragment(saved, blockDigests, fragment),
  );
}

function indexReference(path: string, text: string, geometry: Geometry): Reference {
  const record = decodeIndex(text, geometry);
  if (typeof record === 'string') throw invalid(path, record);
  const folder = dirname(resolve(path));
  return recorded(record, (fragment) => rightBlockDigests(folder, '.', record, fragment));
}

function recorded(
  {manifest, fragmentDigests}: RecordedVersion,
  blockDigests: Reference['blockDigests'],
): Reference {
  return {manifest, fragmentDigests: async () => fragmentDigests, blockDigests, close: () => {}};
}

async function readText(path: string): Promise<string> {
  const {handle, size} = await openLocal(path);
  try {
    if (size > MANIFEST_BYTES_MAX) throw invalid(path, 'it is too large');
    return await handle.readFile('utf8');
  } catch (error) {
    throw readError(error, path);
  } finally {
    await handle.close();
  }
}

function invalid(path: string, why: string): FdlError {
  return new FdlError('manifest-invalid', `${path} cannot be used as a manifest: ${why}`, {
    hint: "Make one with 'fdl root FILE --save MANIFEST', or take the index.json of a server's fragments.",
  });
}
