/** The files of a fragments folder, which may have been renamed or copied around. Pure. */

import {extname} from 'node:path';
import {fragmentFile} from '../fragments/fragment-names.js';

/**
 * The name of the file whose fragments these are: that of the folder if any of the files is called after it, else the
 * name that most of them are called after. Null when there is none, or two of them.
 */
export function nameOfSet(folder: string, files: readonly string[], fragments: number): string | null {
  const present = new Set(files);
  if (hasAny(folder, present, fragments)) return folder;
  const counts = new Map<string, number>();
  for (const file of files) {
    for (const name of namesBehind(file, fragments)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [best, second] = [...counts].sort(([, a], [, b]) => b - a);
  return best === undefined || best[1] === second?.[1] ? null : best[0];
}

function hasAny(name: string, present: ReadonlySet<string>, fragments: number): boolean {
  for (let fragment = 1; fragment <= fragments; fragment++) {
    if (present.has(fragmentFile(name, fragment))) return true;
  }
  return false;
}

/** `x12.zip` may be fragment 12 of `x.zip` or fragment 2 of `x1.zip`. */
function namesBehind(file: string, fragments: number): string[] {
  const extension = extname(file);
  const stem = file.slice(0, file.length - extension.length);
  const digits = /\d*$/.exec(stem)?.[0] ?? '';
  const names: string[] = [];
  for (let length = 1; length <= digits.length; length++) {
    const number = stem.slice(stem.length - length);
    const name = stem.slice(0, stem.length - length) + extension;
    if (number.startsWith('0') || Number(number) > fragments || name === '') continue;
    if (fragmentFile(name, Number(number)) === file) names.push(name);
  }
  return names;
}
