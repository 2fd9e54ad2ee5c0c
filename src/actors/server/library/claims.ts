/**
 * Who indexes a file, when several servers share a folder. A claim saves the others the work and nothing more: the
 * folder is put in place whole, so two servers that both believe in their claim only do it twice.
 */

import {createHash} from 'node:crypto';
import {mkdir, open, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LOCK_STALE_MS} from '../../../limits.js';
import type {Clock} from '../../clock.js';
import {FRAGMENTS_FOLDER} from '../../fragments/fragment-names.js';
import {isRunning, thisHost} from '../../store/host.js';

/** What a claim file says of its owner. */
interface Owner {
  /** Where its process number means something: boot and process namespace. */
  readonly home: string;
  readonly pid: number;
  /** A number that is used again has another one. */
  readonly startTime: string | null;
}

export type ClaimAttempt =
  | {readonly kind: 'taken'; readonly claim: Claim}
  /** Another server is at it; how far it is, when it says so. */
  | {readonly kind: 'elsewhere'; readonly progressPermille: number | null};

export interface Claim {
  /** Says that we are still at it, and how far. */
  touch(progressPermille: number): Promise<void>;
  release(): Promise<void>;
}

export class Claims {
  readonly #folder: string;
  readonly #clock: Clock;
  /** Claims of others as last seen: one that does not change for LOCK_STALE_MS of our own clock is dead. */
  readonly #seen = new Map<string, {readonly mark: string; readonly sinceMs: number}>();

  /** `root` is the absolute served folder. */
  constructor(root: string, clock: Clock) {
    this.#folder = join(root, FRAGMENTS_FOLDER);
    this.#clock = clock;
  }

  /** Takes the claim on a file unless another living server has it. */
  async take(name: string): Promise<ClaimAttempt> {
    const path = join(this.#folder, `.claim-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
    await mkdir(this.#folder, {recursive: true});
    if (!(await create(path))) {
      const other = await this.#other(path);
      if (other !== null) return other;
      await rm(path, {force: true});
      if (!(await create(path))) return {kind: 'elsewhere', progressPermille: null};
    }
    this.#seen.delete(path);
    return {kind: 'taken', claim: claimAt(path)};
  }

  /** What the owner of a claim says; null when it is gone or dead. */
  async #other(path: string): Promise<ClaimAttempt | null> {
    const [text, stats] = await Promise.all([
      readFile(path, 'utf8').catch(() => null),
      stat(path, {bigint: true}).catch(() => null),
    ]);
    if (text === null || stats === null) return null;
    const {owner, progressPermille} = parseClaim(text);
    if (owner !== null && isDead(owner)) return null;
    const mark = `${stats.ino}:${stats.mtimeNs}:${text}`;
    const before = this.#seen.get(path);
    if (before === undefined || before.mark !== mark) {
      this.#seen.set(path, {mark, sinceMs: this.#clock.now()});
    } else if (this.#clock.now() - before.sinceMs >= LOCK_STALE_MS) {
      return null;
    }
    return {kind: 'elsewhere', progressPermille};
  }
}

function claimAt(path: string): Claim {
  return {
    touch: (progressPermille) => writeFile(path, JSON.stringify({...ourselves(), progressPermille})),
    release: () => rm(path, {force: true}),
  };
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(JSON.stringify({...ourselves(), progressPermille: 0}));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parseClaim(text: string): {readonly owner: Owner | null; readonly progressPermille: number | null} {
  try {
    const claim = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const {home, pid, startTime, progressPermille: permille} = claim;
    const isOwner =
      typeof home === 'string' && typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0;
    const owner = isOwner ? {home, pid, startTime: typeof startTime === 'string' ? startTime : null} : null;
    const isKnown =
      typeof permille === 'number' && Number.isInteger(permille) && permille >= 0 && permille <= 1_000;
    return {owner, progressPermille: isKnown ? permille : null};
  } catch {
    return {owner: null, progressPermille: null}; // being written at this moment
  }
}

/** Only where we can know it: the same machine, start and process namespace, and no such process any more. */
function isDead(owner: Owner): boolean {
  return owner.home === ourselves().home && !isRunning(owner.pid, owner.startTime);
}

let self: Owner | null = null;

function ourselves(): Owner {
  if (self === null) {
    const {hostId, bootId, pidNamespace, pid, startTime} = thisHost();
    self = {home: `${hostId} ${bootId} ${pidNamespace}`, pid, startTime};
  }
  return self;
}
