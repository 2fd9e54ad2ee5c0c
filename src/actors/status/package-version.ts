/** The version of this package, from the package.json above the code that runs. */

import {readFile} from 'node:fs/promises';

let known: Promise<string> | null = null;

/** `0.1.0`, or `unknown` where the code was taken out of its package. */
export function packageVersion(): Promise<string> {
  known ??= findVersion(new URL('.', import.meta.url));
  return known;
}

async function findVersion(folder: URL): Promise<string> {
  try {
    const {name, version} = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
    if (name === 'fdl' && typeof version === 'string') return version;
  } catch {
    // Not in this folder; perhaps in one above.
  }
  const above = new URL('..', folder);
  return above.href === folder.href ? 'unknown' : findVersion(above);
}
