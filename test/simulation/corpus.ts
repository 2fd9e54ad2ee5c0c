/** Seeds that found something, run before all others: what they found is mended, and they tell when it comes back. */
export const CORPUS: readonly {readonly seed: number; readonly found: string}[] = [
  {seed: 60, found: 'an honest server was banned for the size that another one had named'},
  {seed: 129, found: 'the same, with three servers'},
  {seed: 50, found: 'the guard of a lock that was taken over stayed beside the finished file'},
  {seed: 116, found: 'the same, after a power cut'},
  {
    seed: 2498,
    found: 'an honest server was banned when the one before it was lost in the middle of the proof',
  },
  {seed: 1370, found: 'a log that could not be begun was left open'},
];
