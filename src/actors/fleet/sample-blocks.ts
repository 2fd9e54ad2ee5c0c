/** Fetches random blocks from one server and compares them with digests that are proved up to the root. */

import {FdlError} from '../../errors.js';
import type {BlockSample} from '../../fleet-report.js';
import {CHECK_BLOCK_MS, CHECK_SAMPLE_MS, FETCHES_OUT_MAX} from '../../limits.js';
import type {DatedManifest} from '../../machines/events.js';
import type {SampleEnd} from '../../machines/fleet/observation.js';
import {type BlockAt, pickBlocks} from '../../machines/fleet/pick-blocks.js';
import {blockDigest, DIGEST_BYTES, toHex} from '../../protocol/digests.js';
import type {Inquiry} from '../client/inquiry.js';
import type {Answered} from '../client/open-requests.js';
import {provedBlockDigests, provedFragmentDigests} from '../client/proofs.js';
import type {Clock} from '../clock.js';

export interface SampleOptions {
  readonly name: string;
  readonly manifest: DatedManifest;
  /** Fragments it holds; null: all. */
  readonly holds: Uint8Array | null;
  /** Blocks to look at; 0: none, and no digests either. */
  readonly blocks: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly clock: Clock;
  readonly onVerified: () => void;
}

/**
 * Looks at blocks until all are checked, the time is over (see CHECK_SAMPLE_MS), or something is wrong. Never rejects
 * because of the server: what it did is in `end`.
 */
export async function sampleBlocks(
  inquiry: Inquiry,
  options: SampleOptions,
): Promise<{readonly sample: BlockSample; readonly end: SampleEnd}> {
  const sampling = new Sampling(inquiry, options);
  const end = await sampling.run();
  return {sample: sampling.sample(), end};
}

class Sampling {
  readonly #inquiry: Inquiry;
  readonly #options: SampleOptions;
  readonly #picked: readonly BlockAt[];
  readonly #digests = new Map<number, Promise<Answered<Uint8Array>>>();
  #verified = 0;
  #bytes = 0;
  #firstFetchMs: number | null = null;
  #lastByteMs = 0;
  #isOver = false;

  constructor(inquiry: Inquiry, options: SampleOptions) {
    const {manifest, holds, blocks, random} = options;
    this.#inquiry = inquiry;
    this.#options = options;
    this.#picked = pickBlocks(manifest, holds, blocks, random);
  }

  sample(): BlockSample {
    const elapsedMs = this.#lastByteMs - (this.#firstFetchMs ?? 0);
    const bytesPerSecond =
      this.#bytes === 0 ? null : Math.round((1_000 * this.#bytes) / Math.max(1, elapsedMs));
    return {wanted: this.#picked.length, verified: this.#verified, bytes: this.#bytes, bytesPerSecond};
  }

  async run(): Promise<SampleEnd> {
    if (this.#options.blocks === 0) return {kind: 'done'};
    const {clock} = this.#options;
    const limitMs = Math.max(CHECK_SAMPLE_MS, this.#picked.length * CHECK_BLOCK_MS);
    let timer: unknown;
    const late = new Promise<SampleEnd>((resolve) => {
      timer = clock.setTimeout(() => resolve({kind: 'done'}), limitMs);
    });
    try {
      return await Promise.race([this.#checkAll(), late]);
    } finally {
      this.#isOver = true;
      clock.clearTimeout(timer);
    }
  }

  async #checkAll(): Promise<SampleEnd> {
    try {
      const {manifest} = this.#options;
      const proved = await provedFragmentDigests(this.#inquiry, manifest);
      if (proved.kind === 'refused') return {kind: 'refused', reason: proved.refusal.code};
      const waiting = this.#picked.values();
      const ends = await Promise.all(
        Array.from({length: FETCHES_OUT_MAX}, () => this.#checkSome(waiting, proved.value)),
      );
      return (
        ends.find(({kind}) => kind === 'corrupt') ?? ends.find(({kind}) => kind !== 'done') ?? {kind: 'done'}
      );
    } catch (error) {
      return endOf(error);
    }
  }

  /** Takes block after block from `waiting`, beside others that do. */
  async #checkSome(waiting: Iterable<BlockAt>, fragmentDigests: Uint8Array): Promise<SampleEnd> {
    for (const at of waiting) {
      if (this.#isOver) break;
      const end = await this.#checkOne(at, fragmentDigests);
      if (end.kind === 'done') continue;
      this.#isOver = true;
      return end;
    }
    return {kind: 'done'};
  }

  async #checkOne({fragment, block}: BlockAt, fragmentDigests: Uint8Array): Promise<SampleEnd> {
    const {name, manifest, clock} = this.#options;
    const digests = await this.#digestsOf(fragment, fragmentDigests);
    if (digests.kind === 'refused') return {kind: 'refused', reason: digests.refusal.code};
    this.#firstFetchMs ??= clock.now();
    const onBytes = (bytes: number) => {
      this.#bytes += bytes;
      this.#lastByteMs = clock.now();
    };
    const fetched = await this.#inquiry.fetchBlock({name, manifest, fragment, block, onBytes});
    if (fetched.kind === 'busy') return fetched;
    if (fetched.kind === 'refused') return {kind: 'refused', reason: fetched.refusal.code};
    const expected = digests.value.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES);
    const received = blockDigest(fetched.bytes);
    if (received.equals(expected)) {
      this.#verified++;
      this.#options.onVerified();
      return {kind: 'done'};
    }
    this.#inquiry.report(manifest.root, fragment, block);
    const evidence = {fragment, block, expected: toHex(expected), received: toHex(received)};
    return {kind: 'corrupt', evidence: {kind: 'wrong-block', ...evidence}};
  }

  /** Asked for once a fragment. */
  #digestsOf(fragment: number, fragmentDigests: Uint8Array): Promise<Answered<Uint8Array>> {
    const known = this.#digests.get(fragment);
    if (known !== undefined) return known;
    const asked = provedBlockDigests(this.#inquiry, this.#options.manifest, fragmentDigests, fragment);
    this.#digests.set(fragment, asked);
    return asked;
  }
}

/** What an error says of the server; one that says nothing of it is thrown on. */
function endOf(error: unknown): SampleEnd {
  if (!(error instanceof FdlError)) throw error;
  const {code, message} = error;
  switch (code) {
    case 'content-unverifiable':
      return {kind: 'corrupt', evidence: {kind: 'wrong-digests', fragment: null, detail: message}};
    case 'protocol-violation':
      return {kind: 'corrupt', evidence: {kind: 'protocol', detail: message}};
    case 'no-server-reachable':
      return {kind: 'lost', reason: message};
    default:
      throw error;
  }
}
