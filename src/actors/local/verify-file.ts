/** Is a local file what it should be, and if not: where? */

import {FdlError} from '../../errors.js';
import {blockLength, blockOffset, fragmentCount} from '../../geometry.js';
import type {Address, HexDigest, Manifest} from '../../model.js';
import {DIGEST_BYTES, toHex} from '../../protocol/digests.js';
import {checkName} from '../../protocol/names.js';
import type {Dial} from '../client/dial.js';
import type {OpenedFile} from '../fragments/open-inside.js';
import {DifferenceList, type Differences, type WrongRun, wrongFragments} from './compare.js';
import {digestFile, type FileDigests} from './digest-file.js';
import {openLocal} from './local-file.js';
import {likelyNames} from './local-paths.js';
import {type LocalContext, type LocalOptions, stopped} from './local-work.js';
import {manifestAt, type Reference, readReference} from './reference.js';
import {blocksOfFragment} from './saved-manifest.js';
import {type AskedReference, type AskedServer, askServers} from './server-reference.js';

/** What to compare a file with: servers or a manifest, or digests alone. */
export interface VerifyOptions extends LocalOptions {
  readonly path: string;
  /** Servers that have it. */
  readonly servers?: readonly Address[];
  /** Its name there, or several, of which the first counts that any has; its relative path and its own name unless given. */
  readonly name?: string | readonly string[];
  /** Path of a saved manifest, of a folder of them, or of an index.json. Not together with `servers`. */
  readonly manifest?: string;
  /** The version it should be. 64 hex digits, lower case. */
  readonly root?: HexDigest;
  readonly sha256?: HexDigest;
}

/** The verdict on a file. */
export interface VerifyResult {
  readonly path: string;
  readonly right: boolean;
  /** What is wrong; `sha256`: all blocks are right, but who described them named another SHA-256 for the whole. */
  readonly problem: 'size' | 'content' | 'sha256' | null;
  /** Of the file here. */
  readonly size: number;
  readonly sha256: HexDigest;
  readonly root: HexDigest;
  /** What it should be, as far as that is known. */
  readonly expected: {
    readonly size: number | null;
    readonly sha256: HexDigest | null;
    readonly root: HexDigest | null;
  };
  readonly against: 'servers' | 'manifest' | 'digest';
  /** What the servers said; empty unless they were asked. */
  readonly servers: readonly AskedServer[];
  /** Whether `wrong` tells all that is wrong; false when nobody knew the digests of the pieces. */
  readonly located: boolean;
  readonly wrongBlocks: number;
  readonly wrongBytes: number;
  /** At most WRONG_RUNS_MAX; `wrongBlocks` counts all. */
  readonly wrong: readonly WrongRun[];
}

/** The outside world of a verification. */
export interface VerifyContext extends LocalContext {
  readonly dial: Dial;
}

/**
 * Compares. A file that is wrong is a result; throws FdlError when there can be none: `path-unsuitable`,
 * `manifest-invalid`, `servers-disagree`, `pin-mismatch`, `file-not-found`, `no-server-reachable`, `disk-failed`,
 * `interrupted`.
 */
export async function verifyFile(context: VerifyContext, options: VerifyOptions): Promise<VerifyResult> {
  const opened = await openLocal(options.path);
  let reference: Reference | AskedReference | null = null;
  try {
    reference = await referenceOf(context, options);
    const digests = await digestFile(context, options.path, opened, options);
    return await verdict(context, options, opened, digests, reference);
  } catch (error) {
    throw error instanceof FdlError && error.code === 'interrupted' ? stopped(options.path) : error;
  } finally {
    reference?.close();
    await opened.handle.close();
  }
}

async function referenceOf(
  context: VerifyContext,
  options: VerifyOptions,
): Promise<Reference | AskedReference | null> {
  const {manifest: path, servers, signal, root = null, sha256 = null} = options;
  if (path !== undefined) {
    const saved = await manifestAt(path, options.path);
    const reference = await readReference(saved, context.geometry);
    checkPins(saved, reference.manifest, options);
    return reference;
  }
  if (servers === undefined) return null;
  const names = namesOf(options);
  for (const [index, name] of names.entries()) {
    const question = {addresses: servers, name, root, sha256, ...(signal !== undefined && {signal})};
    try {
      return await askServers(question, context);
    } catch (error) {
      const isNowhere = error instanceof FdlError && error.code === 'file-not-found';
      if (!isNowhere || index === names.length - 1) throw error;
    }
  }
  return null;
}

function namesOf({path, name}: VerifyOptions): readonly string[] {
  const names = name ?? likelyNames({path, folder: null});
  return (typeof names === 'string' ? [names] : names).map(checkName);
}

function checkPins(path: string, manifest: Manifest, {root, sha256}: VerifyOptions): void {
  if ((root ?? manifest.root) === manifest.root && (sha256 ?? manifest.sha256) === manifest.sha256) return;
  throw new FdlError('pin-mismatch', `${path} is the manifest of another version: root ${manifest.root}`, {
    hint: 'Use the manifest of the version that you want, or leave the pin out.',
  });
}

async function verdict(
  context: VerifyContext,
  options: VerifyOptions,
  opened: OpenedFile,
  digests: FileDigests,
  reference: Reference | AskedReference | null,
): Promise<VerifyResult> {
  const {size, sha256, root} = digests.manifest;
  const wanted = reference?.manifest;
  const expected = {
    size: wanted?.size ?? null,
    sha256: wanted?.sha256 ?? options.sha256 ?? null,
    root: wanted?.root ?? options.root ?? null,
  };
  const isRight = (expected.root ?? root) === root && (expected.sha256 ?? sha256) === sha256;
  const found = isRight || reference === null ? null : await locate(context, opened, digests, reference);
  return {
    path: options.path,
    right: isRight,
    problem: isRight ? null : problemOf(size, expected.size, found),
    size,
    sha256,
    root,
    expected,
    against: reference === null ? 'digest' : options.manifest === undefined ? 'servers' : 'manifest',
    servers: reference !== null && 'servers' in reference ? reference.servers : [],
    located: isRight || found !== null,
    wrongBlocks: found?.blocks ?? 0,
    wrongBytes: found?.bytes ?? 0,
    wrong: found?.runs ?? [],
  };
}

function problemOf(
  size: number,
  expected: number | null,
  found: Differences | null,
): VerifyResult['problem'] {
  if (expected !== null && expected !== size) return 'size';
  return found !== null && found.blocks === 0 ? 'sha256' : 'content';
}

/** What differs; null when nobody knows the digests of the fragments. */
async function locate(
  context: VerifyContext,
  opened: OpenedFile,
  digests: FileDigests,
  reference: Reference,
): Promise<Differences | null> {
  const expected = await reference.fragmentDigests();
  if (expected === null) return null;
  const {manifest} = reference;
  const list = new DifferenceList(
    {
      size: digests.manifest.size,
      blockDigestsOf: (fragment) => blocksOfFragment({manifest}, digests.blockDigests, fragment),
    },
    manifest,
  );
  for (const fragment of wrongFragments(digests.fragmentDigests, manifest, expected)) {
    const blocks = await reference.blockDigests(fragment);
    const lastIsRight = blocks !== null && (await isLastRight(context, opened, manifest, fragment, blocks));
    list.add(fragment, blocks, (block) => lastIsRight && block === blocks.length / DIGEST_BYTES - 1);
  }
  return list.result;
}

/** In a file that is too long, the last block that belongs to it is hashed with what follows: here without. */
async function isLastRight(
  {workers}: VerifyContext,
  {handle, size: actualSize}: OpenedFile,
  {size, geometry}: Manifest,
  fragment: number,
  blocks: Uint8Array,
): Promise<boolean> {
  if (fragment !== fragmentCount(size, geometry) || actualSize <= size) return false;
  const block = blocks.length / DIGEST_BYTES - 1;
  const checked = await workers.run('check-block', {
    fd: handle.fd,
    position: blockOffset(geometry, fragment, block),
    length: blockLength(size, geometry, fragment, block),
    digest: toHex(blocks.subarray(block * DIGEST_BYTES)),
  });
  return checked.kind === 'right';
}
