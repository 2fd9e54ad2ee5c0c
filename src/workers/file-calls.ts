/** How a task reaches a file: positional and at once. The simulation brings a disk of its own. */

import {readSync, writeSync} from 'node:fs';

/** One positional read or write: how many bytes went through. Throws the errno error of the system. */
type FileCall = (fd: number, bytes: Uint8Array, from: number, length: number, at: number) => number;

export interface FileCalls {
  readonly read: FileCall;
  readonly write: FileCall;
}

/** Files of this machine. */
export const systemFiles: FileCalls = {read: readSync, write: writeSync};
