/** Numbers and commands as they stand in tables. */

import {checkout} from '../../test/support/processes.js';

export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** 1.7 as `1.70 x`. */
export function ratio(value: number): string {
  return `${value.toFixed(2)} x`;
}

/** A command as it would be typed in a shell. */
export function commandLine(command: readonly string[]): string {
  return command.map((word) => quoted(publicPath(word))).join(' ');
}

/** Paths of this machine say nothing to others: those of the checkout become relative, those for a run lose its name. */
function publicPath(word: string): string {
  return word
    .replace(process.execPath, 'node')
    .replace(`${checkout()}/`, '')
    .replace(/(\/dev\/shm|\/tmp)\/fdl-bench-\w+\//, '');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
