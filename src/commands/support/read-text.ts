/** Lists that people write or pipe into a command. */

import {createReadStream} from 'node:fs';
import type {Readable} from 'node:stream';

/**
 * The text of a list: read as a stream, so that a pipe works too (`--servers <(…)`), and never more than a list can
 * be. `what` names the list for the error of one that is larger than `bytesMax`; other errors are those of the system.
 */
export async function readText(source: string | Readable, bytesMax: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of typeof source === 'string' ? createReadStream(source) : source) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > bytesMax) throw new Error(`it is too large for ${what}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
