/** A fragment read from a descriptor: replaced files stay readable through it, with the content they had. */

import type {BigIntStats} from 'node:fs';
import {stampOf} from '../../fragments/file-stamp.js';
import {readAll} from '../../fragments/index-files.js';
import type {OpenedFile} from '../../fragments/open-inside.js';
import {type Answer, answer, type OpenFragment, refuse} from '../fragment-store.js';

export class FragmentFile implements OpenFragment {
  readonly #file: OpenedFile;
  readonly #base: number;
  readonly #kind: 'original' | 'fragment';
  readonly #onFailure: (cause: unknown) => void;

  /**
   * `base`: where the fragment starts in the file, in bytes. An `original` belongs to its owner, who may write to it at
   * any time: it is looked at after each read. `onFailure` is told why a read failed.
   */
  constructor(
    file: OpenedFile,
    base: number,
    kind: 'original' | 'fragment',
    onFailure: (cause: unknown) => void,
  ) {
    this.#file = file;
    this.#base = base;
    this.#kind = kind;
    this.#onFailure = onFailure;
  }

  async read(target: Uint8Array, offset: number): Promise<Answer<null>> {
    try {
      const isComplete = await readAll(this.#file.handle, target, this.#base + offset);
      // After the read: a write before it has moved the times by then.
      if (this.#kind === 'original' && !(await this.isUnchanged()))
        return refuse('stale-root', 'the file has changed');
      if (isComplete) return answer(null);
      this.#onFailure(new Error('the file ends before its recorded size'));
    } catch (error) {
      this.#onFailure(error);
    }
    return refuse('io-error', 'the fragment cannot be read');
  }

  async isUnchanged(): Promise<boolean> {
    return isSameContent(this.#file, await this.#file.handle.stat({bigint: true}));
  }

  close(): Promise<void> {
    return this.#file.handle.close();
  }
}

/** Removing or replacing a file moves its change time too, but not its content: then it has no name any more. */
function isSameContent(file: OpenedFile, stats: BigIntStats): boolean {
  if (stampOf(stats) === file.stamp) return true;
  return stats.nlink === 0n && Number(stats.size) === file.size && stats.mtimeNs === file.modifiedNs;
}
