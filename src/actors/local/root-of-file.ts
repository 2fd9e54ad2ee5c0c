/** The root of a local file, and its manifest saved. */

import {randomBytes} from 'node:crypto';
import {basename, dirname, join, resolve} from 'node:path';
import {FdlError} from '../../errors.js';
import {fragmentCount, totalBlocks} from '../../geometry.js';
import type {HexDigest} from '../../model.js';
import {errnoOf, nodeDisk} from '../store/disk.js';
import {diskError, errnoError} from '../store/disk-error.js';
import {draftPath, publish} from '../store/output-file.js';
import {digestFile} from './digest-file.js';
import {openLocal} from './local-file.js';
import type {LocalContext, LocalOptions} from './local-work.js';
import {encodeManifest, manifestName} from './saved-manifest.js';

export interface RootOptions extends LocalOptions {
  readonly path: string;
  /** Where to save the manifest: a file, or a folder that gets `NAME.manifest.json`. */
  readonly save?: string;
  /** Replaces a manifest that is there. */
  readonly force?: boolean;
}

/** What there is to publish of a file. */
export interface FileRoot {
  readonly path: string;
  readonly bytes: number;
  readonly fragments: number;
  readonly blocks: number;
  readonly root: HexDigest;
  readonly sha256: HexDigest;
  /** Path of the manifest; null: not saved. */
  readonly manifest: string | null;
}

/** Throws FdlError `path-unsuitable`, `output-exists`, `output-unsuitable`, `disk-full`, `disk-failed`, `interrupted`. */
export async function rootOfFile(context: LocalContext, options: RootOptions): Promise<FileRoot> {
  const {path} = options;
  const opened = await openLocal(path);
  try {
    const target =
      options.save === undefined ? null : await targetOf(path, options.save, options.force === true);
    const digests = await digestFile(context, path, opened, options);
    const {size, geometry, root, sha256} = digests.manifest;
    if (target !== null)
      await save(target, encodeManifest({...digests, name: basename(path)}), options.force === true);
    const fragments = fragmentCount(size, geometry);
    return {
      path,
      bytes: size,
      fragments,
      blocks: totalBlocks(size, geometry),
      root,
      sha256,
      manifest: target,
    };
  } finally {
    await opened.handle.close();
  }
}

/** Where the manifest goes; looked at before the file is hashed, which may take long. */
async function targetOf(path: string, wanted: string, force: boolean): Promise<string> {
  const place = resolve(wanted);
  try {
    const isFolder = (await nodeDisk.followedFacts(place))?.kind === 'folder';
    if (!isFolder && /[/\\]$/.test(wanted)) {
      throw new FdlError('output-unsuitable', `there is no folder ${wanted}`, {
        hint: 'Create it first, or name a file.',
      });
    }
    const target = isFolder ? join(place, manifestName(path)) : place;
    const there = await nodeDisk.facts(target);
    if (there !== null && (!force || there.kind !== 'file')) throw exists(target);
    return target;
  } catch (error) {
    throw diskError(error, place, 'write');
  }
}

/** Written whole or not at all. */
async function save(target: string, text: string, force: boolean): Promise<void> {
  const place = {output: target, folder: dirname(target)};
  const path = draftPath(place, randomBytes(4).toString('hex'));
  try {
    const file = await nodeDisk.open(path, {access: 'write', create: 'only', mode: 0o666});
    try {
      await file.write(Buffer.from(text), 0);
      await file.sync();
      await publish(nodeDisk, place, {path, file, found: null}, force);
    } finally {
      await file.close();
      await nodeDisk.unlink(path).catch(() => undefined);
    }
  } catch (error) {
    const code = errnoOf(error);
    // By the name that the user knows, not by that of the draft.
    throw code === '' ? error : errnoError(code, target, 'write', error);
  }
}

function exists(target: string): FdlError {
  return new FdlError('output-exists', `${target} exists`, {
    hint: 'Use --force to replace it, or save the manifest under another name.',
  });
}
