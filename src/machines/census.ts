/** The files of a library, counted: for those who watch a server. Pure. */

import type {Row} from './catalogue.js';
import {fragmentsHere, fragmentsOf} from './version.js';

export interface Census {
  /** Files by what is happening to them; those of no interest (`hidden`) are not counted. */
  readonly files: Readonly<Record<Exclude<Row['kind'], 'hidden'>, number>>;
  /** Files offered now: a replaced copy is offered while it is indexed anew. */
  readonly offered: number;
  /** Bytes of the offered files. */
  readonly offeredBytes: number;
  /** Fragments of the offered files, and how many of them are not here. */
  readonly fragments: number;
  readonly fragmentsMissing: number;
}

/** Counts all rows: linear in the fragments offered, so not to be asked many times a second. */
export function censusOf(rows: Iterable<Row>): Census {
  const files = {settling: 0, waiting: 0, indexing: 0, ready: 0, failed: 0};
  let [offered, offeredBytes, fragments, here] = [0, 0, 0, 0];
  for (const row of rows) {
    if (row.kind === 'hidden') continue;
    files[row.kind] += 1;
    const version = row.kind === 'ready' ? row.version : row.kind === 'failed' ? null : row.served;
    if (version === null) continue;
    offered += 1;
    offeredBytes += version.manifest.size;
    fragments += fragmentsOf(version);
    here += fragmentsHere(version);
  }
  return {files, offered, offeredBytes, fragments, fragmentsMissing: fragments - here};
}
