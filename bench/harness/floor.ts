/** The floor as a contender: the least that a download with hashes costs on this machine (floor.c). */

import {spawnSync} from 'node:child_process';
import {join} from 'node:path';

import {checkout} from '../../test/support/processes.js';
import type {DownloadScene} from './downloads.js';
import type {Tool} from './peers.js';

export const FLOOR = 'floor: C, no protocol';
const SOURCE = 'bench/harness/floor.c';

/** Compiles it; a line that says why not when that fails. Its own servers count as client: they are its children. */
export function floorTool({original, scratch}: DownloadScene): Tool | string {
  const program = join(scratch, 'floor');
  const {error, status, stderr} = spawnSync(
    'gcc',
    ['-O2', '-pthread', '-o', program, join(checkout(), SOURCE), '-lcrypto'],
    {encoding: 'utf8'},
  );
  if (status !== 0) return `${FLOOR}: needs gcc and libssl-dev (${error?.message ?? stderr.split('\n')[0]})`;
  return {
    name: FLOOR,
    speaks: 'http',
    program,
    command: ({name, servers, target}) => [program, original, join(target, name), String(servers.length)],
  };
}
