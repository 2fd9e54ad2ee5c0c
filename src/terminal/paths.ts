/** Paths as people read them. Pure. */

import {isAbsolute, relative} from 'node:path';
import {escapeRemote} from './escape.js';

/** Longer than any path that a file system takes. */
const PATH_CHARACTERS_MAX = 4_096;

/** The way from `folder` to a path inside of it; any other path as it is. Not escaped. */
export function pathFrom(folder: string, path: string): string {
  const way = relative(folder, path);
  return way === '' || way.startsWith('..') || isAbsolute(way) ? path : way;
}

/** A path for people: whole, and harmless. */
export function shownPath(path: string, folder?: string): string {
  return escapeRemote(folder === undefined ? path : pathFrom(folder, path), PATH_CHARACTERS_MAX);
}
