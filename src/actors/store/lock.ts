/**
 * The lock of one output: it tells a second run at once that it is not needed. Safety never depends on it: parts carry
 * the root in their name and take only verified bytes, so two writers write the same.
 */

import {randomBytes} from 'node:crypto';
import {FdlError} from '../../errors.js';
import {LOCK_BYTES_MAX, LOCK_STALE_MS, LOCK_TOUCH_MS} from '../../limits.js';
import type {Clock} from '../clock.js';
import {type Disk, type DiskFile, errnoOf, hasNoLinks, removeIfThere} from './disk.js';
import {type HostIdentity, isRunning} from './host.js';

/** Times a stale lock is taken over before giving up: someone else is doing the same, over and over. */
const TAKEOVERS_MAX = 5;
const LOCK_MODE = 0o600;

export interface Lock {
  /** Removes it, if it is still ours. Never rejects. */
  release(): Promise<void>;
  /** Leaves it where it is, to become stale when this process has gone. */
  abandon(): void;
}

export interface LockOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly host: HostIdentity;
  /** The lock file. */
  readonly path: string;
  /** What it protects, for the message. */
  readonly output: string;
}

/** Takes the lock, over from a dead run if need be. Throws FdlError `output-in-use` when a living one has it. */
export async function takeLock(options: LockOptions): Promise<Lock> {
  for (let attempt = 0; attempt < TAKEOVERS_MAX; attempt++) {
    const lock = await createLock(options);
    if (lock !== null) return lock;
    const found = await lookAt(options);
    if (found === null) continue; // it went away meanwhile
    if (!found.isStale) throw inUse(options.output, found.holder);
    if (!(await removeStale(options))) throw inUse(options.output, null);
  }
  throw inUse(options.output, null);
}

/**
 * Makes the lock with its content in one step, so that a run killed in between leaves none that tells nobody who held
 * it. Null when there is one already.
 */
async function createLock(options: LockOptions): Promise<Lock | null> {
  const {disk, path, host} = options;
  const content = Buffer.from(`${JSON.stringify(host)}\n`);
  const draft = besides(path, randomBytes(4).toString('hex'));
  const file = await disk.open(draft, {access: 'write', create: 'only', mode: LOCK_MODE});
  try {
    await file.write(content, 0);
    await disk.link(draft, path);
    return new HeldLock(options, file, content);
  } catch (error) {
    await file.close();
    if (errnoOf(error) === 'EEXIST') return null;
    if (!hasNoLinks(error)) throw error;
  } finally {
    await removeIfThere(disk, draft).catch(() => undefined); // a crumb: the end of a download sweeps it up
  }
  return createInSteps(options, content);
}

/** Where the file system has no links: a killed run may leave an empty lock, which grows stale. */
async function createInSteps(options: LockOptions, content: Buffer): Promise<Lock | null> {
  let file: DiskFile;
  try {
    file = await options.disk.open(options.path, {access: 'write', create: 'only', mode: LOCK_MODE});
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw error;
  }
  const lock = new HeldLock(options, file, content);
  try {
    await file.write(content, 0);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function inUse(output: string, holder: HostIdentity | null): FdlError {
  const who = holder === null ? 'another run of fdl' : `process ${holder.pid}`;
  return new FdlError('output-in-use', `${output} is being downloaded by ${who}`, {
    hint: 'Wait for it to end, or choose another place with --output.',
  });
}

export interface FoundLock {
  /** Null when the lock does not tell. */
  readonly holder: HostIdentity | null;
  /** Whether its process is one of this machine, so that its number says something here. */
  readonly isLocal: boolean;
  readonly isStale: boolean;
}

/** What a lock file says; null when there is none. `now`: nanoseconds since 1970, asked for when its age counts. */
export async function lookAtLock(
  {disk, path, host}: Pick<LockOptions, 'disk' | 'path' | 'host'>,
  now: () => Promise<bigint>,
): Promise<FoundLock | null> {
  const facts = await disk.facts(path);
  if (facts === null) return null;
  if (facts.kind !== 'file') {
    throw new FdlError('output-unsuitable', `${path} is no lock file`, {hint: 'Remove it and try again.'});
  }
  const holder = await readHolder(disk, path);
  if (holder !== null && isNeighbour(holder, host)) {
    return {holder, isLocal: true, isStale: !isRunning(holder.pid, holder.startTime)};
  }
  // A living holder touches it, so a time far ahead is as dead as one far behind: the clock was set back.
  return {holder, isLocal: false, isStale: isOld((await now()) - facts.mtimeNs)};
}

function lookAt(options: LockOptions): Promise<FoundLock | null> {
  return lookAtLock(options, () => folderTime(options));
}

function isOld(ageNs: bigint): boolean {
  const limitNs = BigInt(LOCK_STALE_MS) * 1_000_000n;
  return ageNs > limitNs || ageNs < -limitNs;
}

/** Process numbers can be compared: same machine, same start of it, same namespace. */
function isNeighbour(a: HostIdentity, b: HostIdentity): boolean {
  return (
    a.bootId !== null && a.bootId === b.bootId && a.hostId === b.hostId && a.pidNamespace === b.pidNamespace
  );
}

async function readHolder(disk: Disk, path: string): Promise<HostIdentity | null> {
  try {
    const file = await disk.open(path, {access: 'read', create: 'never', mode: 0});
    try {
      const bytes = Buffer.alloc(LOCK_BYTES_MAX);
      return parseHolder(bytes.subarray(0, await file.read(bytes, 0)).toString('utf8'));
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

function parseHolder(text: string): HostIdentity | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return null;
  const {hostId, bootId, pidNamespace, pid, startTime} = value as Readonly<Record<string, unknown>>;
  const isTextOrNull = (field: unknown): field is string | null =>
    field === null || typeof field === 'string';
  if (typeof hostId !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1)
    return null;
  if (!isTextOrNull(bootId) || !isTextOrNull(pidNamespace) || !isTextOrNull(startTime)) return null;
  return {hostId, bootId, pidNamespace, pid, startTime};
}

/** Now, by the clock of the file system the lock is on: the time of a file written a moment ago. */
async function folderTime({disk, path}: LockOptions): Promise<bigint> {
  const probe = besides(path, randomBytes(4).toString('hex'));
  const file = await disk.open(probe, {access: 'write', create: 'only', mode: LOCK_MODE});
  try {
    await file.write(Buffer.from('\n'), 0);
    return (await file.facts()).mtimeNs;
  } finally {
    await file.close();
    await removeIfThere(disk, probe);
  }
}

/** All end in `.fdl-lock` as well, so that nobody takes them for files. */
function besides(path: string, word: string): string {
  return `${path.slice(0, -'.fdl-lock'.length)}.${word}.fdl-lock`;
}

/**
 * Removes a stale lock. A guard lets one do so at a time, and that one looks again: else the second of two would remove
 * the new lock of the first. Returns false when another is at it.
 */
async function removeStale(options: LockOptions): Promise<boolean> {
  const {disk, path} = options;
  const guard = besides(path, 'takeover');
  try {
    await (await disk.open(guard, {access: 'write', create: 'only', mode: LOCK_MODE})).close();
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return removeOldGuard(options, guard);
  }
  try {
    const found = await lookAt(options);
    if (found?.isStale === true) await removeIfThere(disk, path);
  } finally {
    // Whoever had the lock meanwhile has swept it away at the end of its download.
    await removeIfThere(disk, guard);
  }
  return true;
}

/** A guard is held for milliseconds; one that is old is what a killed run left. */
async function removeOldGuard(options: LockOptions, guard: string): Promise<boolean> {
  const facts = await options.disk.facts(guard);
  if (facts === null) return true;
  if (!isOld((await folderTime(options)) - facts.mtimeNs)) return false;
  await removeIfThere(options.disk, guard);
  return true;
}

class HeldLock implements Lock {
  readonly #options: LockOptions;
  readonly #file: DiskFile;
  readonly #content: Buffer;
  #isHeld = true;
  #timer: unknown;
  #touch: Promise<void> = Promise.resolve();

  constructor(options: LockOptions, file: DiskFile, content: Buffer) {
    this.#options = options;
    this.#file = file;
    this.#content = content;
    this.#arm();
  }

  async release(): Promise<void> {
    const {disk, path} = this.#options;
    this.abandon();
    try {
      await this.#touch;
      const [ours, there] = [await this.#file.facts(), await disk.facts(path)];
      if (there !== null && there.inode === ours.inode && there.device === ours.device)
        await disk.unlink(path);
      await this.#file.close();
    } catch {
      // A lock that cannot be removed is stale soon; it must not turn a good end into a bad one.
    }
  }

  abandon(): void {
    this.#isHeld = false;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Writing the same bytes again sets the time by the file system's own clock. A failure only ages the lock. */
  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#touch = this.#file.write(this.#content, 0).catch(() => undefined);
      void this.#touch.then(() => this.#isHeld && this.#arm());
    }, LOCK_TOUCH_MS);
  }
}
