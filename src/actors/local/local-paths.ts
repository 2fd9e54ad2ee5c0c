/** The files behind the paths that a user names: folders stand for all files below them. */

import {readdir, stat} from 'node:fs/promises';
import {basename, join, normalize, relative, resolve, sep} from 'node:path';
import {FdlError} from '../../errors.js';
import {FILES_MAX, FOLDER_DEPTH_MAX} from '../../limits.js';
import {nameProblem} from '../../protocol/names.js';
import {readError} from './local-file.js';

/** A file, and the folder that was named instead of it. */
export interface NamedFile {
  readonly path: string;
  readonly folder: string | null;
}

/**
 * How servers may call a file, likely ones first: by its way from the current folder or from the one beside `folder`, as
 * a tree is downloaded, from `folder` itself, or by its own name.
 */
export function likelyNames({path, folder}: NamedFile): string[] {
  const ways = [path];
  if (folder !== null) {
    const below = relative(folder, path);
    ways.push(join(basename(resolve(folder)), below), below);
  }
  const names = ways.map((way) => normalize(way).split(sep).join('/').normalize('NFC'));
  const own = basename(path).normalize('NFC');
  return [...new Set([...names.filter((name) => nameProblem(name) === null), own])];
}

/**
 * The paths in their order, each folder replaced by the files below it in order of name. Left out are links, and what
 * servers do not offer either: hidden files, fragments, parts of unfinished downloads. Throws FdlError
 * `path-unsuitable` for a folder that cannot be read, is empty, or holds more than FILES_MAX files.
 */
export async function filesAt(paths: readonly string[]): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const path of paths) {
    const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
    if (!isFolder) {
      files.push({path, folder: null}); // what is no file is told when it is opened
      continue;
    }
    const below: string[] = [];
    await collect(path, '', below, FOLDER_DEPTH_MAX);
    if (below.length === 0) {
      throw new FdlError('path-unsuitable', `there is no file below ${path}`, {
        hint: 'Name a file, or a folder that holds some.',
      });
    }
    files.push(...below.map((file) => ({path: file, folder: path})));
  }
  return files;
}

async function collect(root: string, way: string, files: string[], depth: number): Promise<void> {
  const folder = join(root, way);
  const entries = await readdir(folder, {withFileTypes: true}).catch((error: unknown) => {
    throw readError(error, folder);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = way === '' ? entry.name : `${way}/${entry.name}`;
    if (nameProblem(name.normalize('NFC')) !== null) continue;
    if (entry.isFile()) files.push(join(root, name));
    else if (entry.isDirectory() && depth > 0) await collect(root, name, files, depth - 1);
    if (files.length > FILES_MAX) {
      throw new FdlError('path-unsuitable', `there are more than ${FILES_MAX} files below ${root}`);
    }
  }
}
