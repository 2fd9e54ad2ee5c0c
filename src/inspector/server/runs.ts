/** Runs of blocks as rows have them: `[fragment, first, end]`, without the block at `end`. Pure. */

export type Run = readonly [fragment: number, first: number, end: number];

/** The same blocks in as few runs as can be, in order. */
export function joinedRuns(runs: readonly Run[]): Run[] {
  const sorted = [...runs].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const joined: [number, number, number][] = [];
  for (const [fragment, first, end] of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && last[0] === fragment && last[2] >= first) last[2] = Math.max(last[2], end);
    else joined.push([fragment, first, end]);
  }
  return joined;
}

export function blocksIn(runs: readonly Run[]): number {
  return runs.reduce((sum, [, first, end]) => sum + end - first, 0);
}

/** Answers whether all blocks of a run are among those of `runs`. */
export class RunSet {
  readonly #byFragment = new Map<number, Run[]>();

  constructor(runs: readonly Run[]) {
    for (const run of joinedRuns(runs)) {
      const known = this.#byFragment.get(run[0]);
      if (known === undefined) this.#byFragment.set(run[0], [run]);
      else known.push(run);
    }
  }

  has(fragment: number, first: number, end: number): boolean {
    return this.#byFragment.get(fragment)?.some((run) => run[1] <= first && end <= run[2]) === true;
  }
}
