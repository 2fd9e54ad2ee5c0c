/** Where the fragments of a file lie: one folder for each file, since `x.zip` 11 and `x1.zip` 1 would share a name. */

import {basename, extname} from 'node:path';

/** The library's own folder, directly below the served one. */
export const FRAGMENTS_FOLDER = 'fragments';
/** What is known of the fragments beside it; its presence makes a folder a fragments folder. */
export const INDEX_FILE = 'index.json';
/** The digests of all blocks, 32 raw bytes each. No fragment is called so: theirs end in a number before the dot. */
export const BLOCKS_FILE = 'index.blocks';

/** Folder of a file's fragments, relative to the served folder: `fragments/models/a.bin`. */
export function fragmentsFolder(name: string): string {
  return `${FRAGMENTS_FOLDER}/${name}`;
}

/** Name of a fragment within its folder: `x.zip` 3 is `x3.zip`, `data` 3 is `data3`, `a.tar.gz` 3 is `a.tar3.gz`. */
export function fragmentFile(name: string, fragment: number): string {
  const file = basename(name);
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}${fragment}${extension}`;
}
