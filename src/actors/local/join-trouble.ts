/** What is wrong with a folder of fragments, as one error that names them. Pure. */

import {FdlError} from '../../errors.js';
import {fragmentCount} from '../../geometry.js';
import type {IndexRecord} from '../fragments/index-record.js';
import type {WrongRun} from './compare.js';
import type {FragmentTrouble} from './fragment-join.js';

/** Fragments named, and runs of blocks named of one fragment; more are counted. */
const FRAGMENTS_NAMED_MAX = 12;
const RUNS_NAMED_MAX = 4;

/** `content-differs` when any is damaged, else `fragments-missing`. */
export function joinError(
  folder: string,
  {manifest, fragments}: IndexRecord,
  trouble: readonly FragmentTrouble[],
): FdlError {
  const all = fragmentCount(manifest.size, manifest.geometry);
  const isMissing = trouble.every(({kind}) => kind === 'missing');
  const lines = trouble.slice(0, FRAGMENTS_NAMED_MAX).map((one) => `\n  ${one.file}: ${wordsOf(one)}`);
  const more = trouble.length - lines.length;
  if (more > 0) lines.push(`\n  and ${more} more`);
  const what = `${trouble.length === 1 ? 'is' : 'are'} ${isMissing ? 'missing' : 'missing or damaged'}`;
  const message = `${trouble.length} of ${all} fragments in ${folder} ${what}:${lines.join('')}`;
  const hint = fragments === null && isMissing ? HINT_IN_PLACE : HINT;
  return new FdlError(isMissing ? 'fragments-missing' : 'content-differs', message, {hint});
}

const HINT =
  "Copy these again from where they come from, or let 'fdl download' fetch the file. Nothing was written.";
const HINT_IN_PLACE =
  "The index is of a server with --in-place, which makes no fragments: 'fdl split' on that machine makes them.";

function wordsOf(trouble: FragmentTrouble): string {
  switch (trouble.kind) {
    case 'missing':
      return 'missing';
    case 'wrong-size':
      return `has ${trouble.bytes} bytes instead of ${trouble.expectedBytes}`;
    case 'damaged':
      if (trouble.instead !== null) return `has the content of fragment ${trouble.instead}`;
      return trouble.wrong === null ? 'damaged' : damageWords(trouble.wrong.blocks, trouble.wrong.runs);
  }
}

function damageWords(blocks: number, runs: readonly WrongRun[]): string {
  const named = runs
    .slice(0, RUNS_NAMED_MAX)
    .map(({firstBlock, lastBlock}) =>
      firstBlock === lastBlock ? `${firstBlock}` : `${firstBlock}-${lastBlock}`,
    );
  const more = runs.length > RUNS_NAMED_MAX ? ' and more' : '';
  return `damaged in ${blocks === 1 ? 'block' : `${blocks} blocks:`} ${named.join(', ')}${more}`;
}
