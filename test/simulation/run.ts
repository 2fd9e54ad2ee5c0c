/** Runs one schedule to its end: processes of a client, one after the other, until the file is there. */

import {type DownloadOptions, runDownload} from '../../src/actors/client/coordinator.js';
import type {HostIdentity} from '../../src/actors/store/host.js';
import {createStore} from '../../src/actors/store/store.js';
import {FdlError} from '../../src/errors.js';
import type {DownloadResult, Notice} from '../../src/report.js';
import type {TraceRow} from '../../src/trace/rows.js';
import {seededRandom} from '../support/random.js';
import {applyFault} from './apply-fault.js';
import {Checks} from './checks.js';
import {ProcessClock} from './clock.js';
import {SimDisk} from './disk.js';
import {SimStore} from './file-store.js';
import {SimNetwork} from './network.js';
import {ProcessDisk} from './process-disk.js';
import type {Schedule} from './schedule.js';
import {SimServer} from './server.js';
import {setTraps} from './traps.js';
import {makeVersion, randomBytes, type SimVersion} from './version.js';
import {SimWorkers} from './workers.js';
import {settled, Violation, World} from './world.js';

const NAME = 'x.bin';
/** A process number that no process has. */
const PID_FIRST = 5_000_000;
/** More than any schedule needs: beyond it something runs in circles. */
const EVENTS_MAX = 400_000;
/** A download that is left in peace ends within this time. */
const PEACE_MS = 30 * 60_000;
/** Runs that may fail after the calm has begun: what earlier faults left may have to be noticed once. */
const CALM_FAILURES_MAX = 3;

export interface RunReport {
  readonly hash: string;
  readonly events: number;
  readonly runs: number;
  readonly elapsedMs: number;
  readonly seen: ReadonlySet<string>;
}

export interface RunOptions {
  /** Takes the story, a line each. */
  readonly tell?: (line: string) => void;
}

/** Throws Violation when something does not hold. */
export async function runSchedule(schedule: Schedule, {tell}: RunOptions = {}): Promise<RunReport> {
  const world = new World({seed: schedule.seed ^ 0x5eed, ...(tell && {tell})});
  const simulation = new Simulation(schedule, world, tell !== undefined);
  const removeTraps = setTraps(world);
  try {
    return await simulation.run();
  } finally {
    removeTraps();
  }
}

/** One process that downloads. */
export interface ClientProcess {
  readonly clock: ProcessClock;
  readonly disk: ProcessDisk;
  readonly workers: SimWorkers;
  readonly startedMs: number;
  readonly stop: AbortController;
  isAlive: boolean;
  /** It has started to work. */
  hasBegun: boolean;
  outcome: Outcome | null;
}

type Outcome =
  | {readonly kind: 'done'; readonly result: DownloadResult}
  | {readonly kind: 'failed'; readonly error: unknown};

export class Simulation {
  readonly schedule: Schedule;
  readonly world: World;
  readonly disk: SimDisk;
  readonly network: SimNetwork;
  readonly servers: readonly SimServer[];
  readonly versions: readonly [SimVersion, SimVersion];
  readonly checks: Checks;
  readonly #isTold: boolean;
  process: ClientProcess | null = null;
  #runs = 0;
  #boot = 0;
  #calmFailures = 0;
  #hasEnded = false;

  constructor(schedule: Schedule, world: World, isTold: boolean) {
    this.schedule = schedule;
    this.world = world;
    this.#isTold = isTold;
    const {geometry, fileBytes} = schedule;
    const random = seededRandom(schedule.seed ^ 0xf11e);
    const first = makeVersion(randomBytes(random, fileBytes), geometry, 1_000);
    this.versions = [first, makeVersion(otherBytes(random, first.bytes), geometry, 2_000)];
    this.disk = new SimDisk(world);
    this.network = new SimNetwork(world);
    this.servers = schedule.servers.map(({conduct, shape, maxTransfers, isStale}, index) => {
      const version = this.versions[isStale ? 1 : 0];
      const store = new SimStore(world, NAME, version, conduct);
      const address = {host: `192.0.2.${index + 10}`, port: 9_000};
      return new SimServer(world, this.network, {address, shape, store, geometry, maxTransfers});
    });
    this.checks = new Checks(this);
  }

  get output(): string {
    return `${this.disk.folder}/${NAME}`;
  }

  async run(): Promise<RunReport> {
    const {clock} = this.world;
    for (const fault of this.schedule.faults) clock.setTimeout(() => applyFault(this, fault), fault.atMs);
    this.start();
    await this.#settled();
    while (!this.#hasEnded) {
      this.#throwViolation();
      if (++this.world.events > EVENTS_MAX) throw new Violation('it runs in circles: too many events');
      if (!clock.step()) throw new Violation('nothing will ever happen, and the download has not ended');
      await this.#settled();
      this.#afterEvent();
    }
    this.#throwViolation();
    const {hash, events, seen} = this.world;
    return {hash, events, runs: this.#runs, elapsedMs: clock.now(), seen};
  }

  /** A process begins to download. */
  start(): void {
    const {clock} = this.world;
    const processClock = new ProcessClock(clock);
    this.#runs++;
    const isAlive = (): boolean => process.isAlive;
    const disk = new ProcessDisk(this.disk, this.world, isAlive);
    const process: ClientProcess = {
      clock: processClock,
      startedMs: clock.now(),
      stop: new AbortController(),
      isAlive: true,
      hasBegun: false,
      outcome: null,
      disk,
      workers: new SimWorkers(this.world, disk.calls, isAlive),
    };
    this.process = process;
    this.checks.begin();
    this.world.note('process starts', this.#runs);
    this.#download(process).then(
      (result) => {
        process.outcome = {kind: 'done', result};
      },
      (error: unknown) => {
        process.outcome = {kind: 'failed', error};
      },
    );
  }

  /** The process is no more, from one moment to the next. */
  kill(): void {
    const process = this.process;
    if (process === null) return;
    this.world.note('process killed');
    process.isAlive = false;
    process.clock.kill();
    for (const connection of this.network.to()) connection.cut('the client died');
    this.process = null;
    this.#startLater();
  }

  /** The machine has stopped and starts again, perhaps with another identity of its boot. */
  cutPower(afterlife: Parameters<SimDisk['cutPower']>[0], newBoot: boolean): void {
    this.kill();
    this.world.note('power cut');
    this.disk.cutPower(afterlife);
    if (newBoot) this.#boot++;
  }

  /** With a story, a download loads its trace first, which takes real time: no simulated time passes meanwhile. */
  async #settled(): Promise<void> {
    do await settled();
    while (this.process?.hasBegun === false && this.process.outcome === null);
  }

  #startLater(): void {
    this.world.clock.setTimeout(() => this.start(), this.world.between(10, 5_000));
  }

  #download(process: ClientProcess): Promise<DownloadResult> {
    const {schedule, world, versions} = this;
    const {geometry, pin, connections, limitBytesPerSecond, diskWaitMs} = schedule;
    const {manifest} = versions[0];
    const isAlive = (): boolean => process.isAlive;
    const host: HostIdentity = {
      hostId: 'simulated',
      bootId: `boot-${this.#boot}`,
      pidNamespace: 'only',
      pid: PID_FIRST + this.#runs,
      startTime: String(this.#runs),
    };
    const options: DownloadOptions = {
      file: NAME,
      servers: this.servers.map(({address}) => address),
      output: this.output,
      connections,
      diskWaitMs,
      signal: process.stop.signal,
      onNotice: (notice) => this.#noticed(process, notice),
      ...(limitBytesPerSecond !== null && {limitBytesPerSecond}),
      ...(pin === 'root' && {root: manifest.root}),
      ...(pin === 'sha256' && {sha256: manifest.sha256}),
      ...(this.#isTold && {onTrace: (row) => this.#told(row)}),
    };
    return runDownload(options, {
      geometry,
      clock: process.clock,
      random: world.random,
      dial: this.network.dialler(isAlive),
      workers: this.checks.watchWorkers(process.workers),
      createStore: (store) => {
        process.hasBegun = true;
        return createStore({...store, disk: process.disk, host});
      },
    });
  }

  #noticed(process: ClientProcess, notice: Notice): void {
    if (!process.isAlive) return;
    this.world.note(`notice ${notice.kind}`);
    this.world.seen.add(`notice: ${notice.kind}`);
    this.checks.noticed(notice);
  }

  #told(row: TraceRow): void {
    if (row.k === 'trace' || row.k === 'machine') return;
    this.world.say(() => JSON.stringify(row));
  }

  #throwViolation(): void {
    if (this.world.violation !== null) throw this.world.violation;
  }

  #afterEvent(): void {
    const process = this.process;
    if (process === null) return;
    if (process.outcome !== null) return this.#ended(process, process.outcome);
    const sinceMs = Math.max(process.startedMs, this.schedule.calmMs);
    this.world.require(
      this.world.clock.now() - sinceMs < PEACE_MS,
      'left in peace, the download does not end',
    );
  }

  #ended(process: ClientProcess, outcome: Outcome): void {
    this.process = null;
    process.isAlive = false;
    this.checks.afterRun(process);
    if (outcome.kind === 'done') {
      this.world.note('done', outcome.result.bytes);
      this.checks.complete(outcome.result);
      this.#hasEnded = true;
      return;
    }
    const {error} = outcome;
    const code = error instanceof FdlError ? error.code : 'thrown';
    this.world.note(`failed ${code}`);
    this.world.say(() => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
    this.world.seen.add(`failed: ${code}`);
    this.checks.failed(error);
    const isCalm = process.startedMs > this.schedule.calmMs;
    if (isCalm && this.checks.mayFail(code)) {
      this.#hasEnded = true;
      return;
    }
    if (isCalm && ++this.#calmFailures > CALM_FAILURES_MAX)
      this.world.violated(`nothing goes wrong any more, and it fails: ${code}`);
    this.#startLater();
  }
}

/** A later version: of about the same length, and equal in places. */
function otherBytes(random: () => number, bytes: Uint8Array): Uint8Array {
  const other = bytes.slice();
  const from = Math.floor(random() * bytes.length);
  other.set(randomBytes(random, bytes.length - from), from);
  if (other.length === 0) return Uint8Array.of(1);
  return random() < 0.5 ? other : other.slice(0, Math.max(1, Math.floor(other.length * 0.8)));
}
