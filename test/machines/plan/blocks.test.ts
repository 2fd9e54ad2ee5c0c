import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {BlockTable, HEDGED, LEASED, MISSING, RECEIVED, STORED} from '../../../src/machines/plan/blocks.js';
import type {Geometry, Run} from '../../../src/model.js';

const GEOMETRY: Geometry = {blockBytes: 10, fragmentBytes: 40};

test('blocks are handed out in the order of the file, run by run', () => {
  const blocks = new BlockTable(115, GEOMETRY);
  const runs: Run[] = [];
  for (let run = blocks.nextMissing(anyone); run !== null; run = blocks.nextMissing(anyone)) {
    blocks.lease(run);
    runs.push(run);
  }
  assert.deepEqual(runs, [
    {fragment: 1, first: 0, end: 4},
    {fragment: 2, first: 0, end: 4},
    {fragment: 3, first: 0, end: 4},
  ]);
  assert.equal(blocks.lengthOf(3, 3), 5, 'the last block is shorter');
});

test('what comes back is handed out before what is fresh', () => {
  const blocks = new BlockTable(200, GEOMETRY);
  blocks.lease({fragment: 1, first: 0, end: 4});
  blocks.lease({fragment: 2, first: 0, end: 4});
  blocks.release({fragment: 2, first: 1, end: 3});
  blocks.release({fragment: 1, first: 3, end: 4});
  assert.deepEqual(blocks.nextMissing(anyone), {fragment: 1, first: 3, end: 4});
  assert.deepEqual(
    blocks.nextMissing((fragment) => fragment !== 1),
    {fragment: 2, first: 1, end: 3},
  );
  assert.deepEqual(
    blocks.nextMissing((fragment) => fragment > 2),
    {fragment: 3, first: 0, end: 4},
  );
  assert.equal(
    blocks.nextMissing(() => false),
    null,
  );
});

test('a fragment that one server does not hold stays there for the next', () => {
  const blocks = new BlockTable(80, GEOMETRY);
  blocks.lease({fragment: 1, first: 0, end: 4});
  blocks.release({fragment: 1, first: 0, end: 4});
  assert.deepEqual(
    blocks.nextMissing((fragment) => fragment === 2),
    {fragment: 2, first: 0, end: 4},
  );
  assert.deepEqual(
    blocks.nextMissing((fragment) => fragment === 1),
    {fragment: 1, first: 0, end: 4},
  );
});

test('a stored block stays stored', () => {
  const blocks = new BlockTable(80, GEOMETRY);
  blocks.set(1, 0, STORED);
  assert.throws(() => blocks.set(1, 0, MISSING), /is stored/);
  blocks.set(1, 0, STORED);
  assert.equal(blocks.storedBytes, 10);
});

test('releasing a hedged block leaves it with the other connection', () => {
  const blocks = new BlockTable(80, GEOMETRY);
  blocks.lease({fragment: 1, first: 0, end: 2});
  blocks.set(1, 0, HEDGED);
  blocks.release({fragment: 1, first: 0, end: 2});
  assert.equal(blocks.stateOf(1, 0), LEASED);
  assert.equal(blocks.stateOf(1, 1), MISSING);
});

test('an empty file is complete from the start', () => {
  const blocks = new BlockTable(0, GEOMETRY);
  assert.ok(blocks.isComplete && !blocks.hasMissing && !blocks.needsServers);
  assert.equal(blocks.nextMissing(anyone), null);
  assert.deepEqual(blocks.upcoming(3), []);
});

test('a table of blocks counts as one that looks at every block', () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 200}), fc.array(steps, {maxLength: 80}), (size, taken) => {
      const blocks = new BlockTable(size, GEOMETRY);
      const naive = new NaiveTable(blocks);
      for (const step of taken) {
        naive.take(step);
        naive.compare();
      }
    }),
    {numRuns: 300},
  );
});

const steps = fc.record({
  kind: fc.constantFrom('lease', 'hedge', 'release', 'receive', 'store', 'refuse', 'drain'),
  pick: fc.nat(),
  length: fc.integer({min: 1, max: 4}),
});
type TableStep = typeof steps extends fc.Arbitrary<infer S> ? S : never;

/** Does the same to a table of blocks and to a plain list, the slow way. */
class NaiveTable {
  readonly #blocks: BlockTable;
  readonly #states = new Map<string, number>();

  constructor(blocks: BlockTable) {
    this.#blocks = blocks;
    for (let fragment = 1; fragment <= blocks.fragments; fragment++) {
      for (let block = 0; block < blocks.blocksOf(fragment); block++)
        this.#states.set(`${fragment}/${block}`, MISSING);
    }
  }

  take(step: TableStep): void {
    switch (step.kind) {
      case 'lease':
        return this.#lease(step);
      case 'hedge':
        return this.#move(step.pick, [LEASED], HEDGED);
      case 'release':
        return this.#release(step);
      case 'receive':
        return this.#move(step.pick, [LEASED, HEDGED, MISSING], RECEIVED);
      case 'store':
        return this.#move(step.pick, [RECEIVED], STORED);
      case 'refuse':
        return this.#move(step.pick, [RECEIVED], MISSING);
      default:
        return this.#drain();
    }
  }

  /** Every count, and what would be handed out next, by looking at every block. */
  compare(): void {
    const blocks = this.#blocks;
    const total = this.#count(() => true);
    for (let fragment = 1; fragment <= blocks.fragments; fragment++) {
      const counts = this.#count((key) => key.startsWith(`${fragment}/`));
      assert.deepEqual({...blocks.countsOf(fragment)}, counts);
      assert.equal(blocks.missingOf(fragment), counts.missing);
    }
    assert.equal(blocks.missingBlocks, total.missing);
    assert.equal(blocks.hasMissing, total.missing > 0);
    assert.equal(blocks.leasedBlocks, total.leased);
    assert.equal(blocks.hasReceived, total.received > 0);
    assert.equal(blocks.needsServers, total.missing + total.leased > 0);
    assert.equal(blocks.isComplete, total.stored === blocks.total);
    this.#compareOrder();
  }

  #compareOrder(): void {
    const wanting = [...Array(this.#blocks.fragments).keys()]
      .map((index) => index + 1)
      .filter((fragment) => this.#count((key) => key.startsWith(`${fragment}/`)).missing > 0);
    assert.equal(this.#blocks.nextMissing(anyone)?.fragment, wanting[0], 'the first that misses a block');
    const even = wanting.find((fragment) => fragment % 2 === 0);
    assert.equal(this.#blocks.nextMissing((fragment) => fragment % 2 === 0)?.fragment, even);
    assert.deepEqual(
      this.#blocks.missingFragments((fragment) => fragment % 2 === 0),
      wanting.filter((fragment) => fragment % 2 === 1),
    );
  }

  #count(isCounted: (key: string) => boolean) {
    const counts = {missing: 0, leased: 0, received: 0, stored: 0};
    for (const [key, state] of this.#states) {
      if (!isCounted(key)) continue;
      if (state === MISSING) counts.missing++;
      else if (state === RECEIVED) counts.received++;
      else if (state === STORED) counts.stored++;
      else counts.leased++;
    }
    return counts;
  }

  /** Every missing block is leased: from then on only what comes back is handed out. */
  #drain(): void {
    for (let run = this.#blocks.nextMissing(anyone); run !== null; run = this.#blocks.nextMissing(anyone)) {
      this.#blocks.lease(run);
      for (let block = run.first; block < run.end; block++) {
        assert.equal(this.#states.get(`${run.fragment}/${block}`), MISSING);
        this.#states.set(`${run.fragment}/${block}`, LEASED);
      }
    }
  }

  #lease({length}: TableStep): void {
    const run = this.#blocks.nextMissing(anyone);
    if (run === null) return;
    const end = Math.min(run.end, run.first + length);
    this.#blocks.lease({...run, end});
    for (let block = run.first; block < end; block++) this.#states.set(`${run.fragment}/${block}`, LEASED);
  }

  #release({pick, length}: TableStep): void {
    const [fragment, first] = this.#keyAt(pick);
    const end = Math.min(this.#blocks.blocksOf(fragment), first + length);
    this.#blocks.release({fragment, first, end});
    for (let block = first; block < end; block++) {
      const state = this.#states.get(`${fragment}/${block}`);
      if (state === LEASED) this.#states.set(`${fragment}/${block}`, MISSING);
      if (state === HEDGED) this.#states.set(`${fragment}/${block}`, LEASED);
    }
  }

  #move(
    pick: number,
    from: readonly number[],
    to: typeof HEDGED | typeof MISSING | typeof RECEIVED | typeof STORED,
  ) {
    const [fragment, block] = this.#keyAt(pick);
    if (!from.includes(this.#states.get(`${fragment}/${block}`) ?? -1)) return;
    this.#blocks.set(fragment, block, to);
    this.#states.set(`${fragment}/${block}`, to);
  }

  #keyAt(pick: number): [fragment: number, block: number] {
    const key = [...this.#states.keys()][pick % this.#states.size] ?? '1/0';
    const [fragment = 1, block = 0] = key.split('/').map(Number);
    return [fragment, block];
  }
}

function anyone(): boolean {
  return true;
}
