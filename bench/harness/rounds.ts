/** Contenders run in turn, round after round, so that a slow minute of the machine is shared by all. */

/** One thing that is measured: a tool with its settings. `S` is what one run of it yields. */
export interface Contender<S> {
  readonly name: string;
  run(): Promise<S>;
}

/** What each contender yielded, round by round. */
export type Rounds<S> = ReadonlyMap<string, readonly S[]>;

/**
 * Runs each contender `uncounted` times without counting it (caches, compilers), then `rounds` times. Each round begins with another
 * one: who comes first after a pause has it easier.
 */
export async function inTurn<S>(
  contenders: readonly Contender<S>[],
  rounds: number,
  onSample: (contender: string, round: number, sample: S) => void,
  uncounted = 1,
): Promise<Rounds<S>> {
  const samples = new Map<string, S[]>(contenders.map(({name}) => [name, []]));
  for (let round = -uncounted; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(turn + round + uncounted) % contenders.length];
      if (contender === undefined) continue;
      const sample = await contender.run();
      if (round < 0) continue;
      samples.get(contender.name)?.push(sample);
      onSample(contender.name, round, sample);
    }
  }
  return samples;
}
