/** What must hold, whatever happens. */

import {FdlError} from '../../src/errors.js';
import type {DownloadResult, Notice} from '../../src/report.js';
import type {Workers} from '../../src/workers/pool.js';
import type {StoreBlockResult, StoreBlockTask} from '../../src/workers/store-block.js';
import type {ClientProcess, Simulation} from './run.js';
import type {SimVersion} from './version.js';

const PART = /\.([0-9a-f]{16})\.fdl-part$/;

export class Checks {
  readonly #simulation: Simulation;
  /** Servers against which there is proof, in this run of the client. */
  readonly #banned = new Set<string>();
  /** How often each place of a part was stored, in this run. */
  readonly #stored = new Map<string, number>();
  /** Servers whose bytes were changed on the way: what looks like a lie of theirs is none. */
  readonly #slandered = new Set<string>();
  #workersDied = false;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    const {disk, servers} = simulation;
    disk.onWrite = (path, at, bytes) => this.#written(path, at, bytes);
    disk.onNamed = (path, content) => this.#named(path, content);
    for (const server of servers) {
      server.onAsked = () =>
        simulation.world.require(
          !this.#banned.has(server.name),
          `${server.name} is asked after proof against it`,
        );
    }
  }

  /** A new process: it knows nothing of what the one before found out. */
  begin(): void {
    this.#banned.clear();
    this.#stored.clear();
    this.#workersDied = false;
  }

  slandered(server: string): void {
    this.#slandered.add(server);
  }

  workersDied(): void {
    this.#workersDied = true;
  }

  noticed(notice: Notice): void {
    if (notice.kind !== 'server-banned') return;
    this.#banned.add(notice.address);
    const {world, schedule, servers} = this.#simulation;
    const index = servers.findIndex(({name}) => name === notice.address);
    const conduct = schedule.servers[index]?.conduct.kind;
    const isHonest = conduct === 'honest' || conduct === 'partial' || conduct === 'empty-handed';
    world.require(
      !isHonest || this.#slandered.has(notice.address),
      `${notice.address} is honest and was banned: ${JSON.stringify(notice.evidence)}`,
    );
  }

  /** Workers whose results are looked at: a place of a part is stored once. */
  watchWorkers(workers: Workers): Workers {
    const run: Workers['run'] = (name, task, options) => {
      const result = workers.run(name, task, options);
      if (name !== 'store-block') return result;
      result.then(
        (ended) => this.#blockEnded(task as StoreBlockTask, ended as object as StoreBlockResult),
        () => {},
      );
      return result;
    };
    return {run, close: () => workers.close()};
  }

  /** Nothing is left behind in the process. */
  afterRun({clock, disk, workers}: ClientProcess): void {
    const {world, network} = this.#simulation;
    world.require(clock.pending === 0, `${clock.pending} timers are left after the end`);
    world.require(network.to().length === 0, `${network.to().length} connections are left after the end`);
    world.require(
      workers.running === 0 || this.#workersDied,
      `${workers.running} tasks are left after the end`,
    );
    const isWell = world.clock.now() >= this.#simulation.disk.faults.failingUntilMs;
    world.require(
      disk.openFiles === 0 || !isWell || this.#workersDied,
      `${disk.openFiles} files are open after the end`,
    );
  }

  failed(error: unknown): void {
    const {world} = this.#simulation;
    const isForeseen = error instanceof FdlError && (error.code !== 'unexpected' || this.#workersDied);
    world.require(
      isForeseen,
      `a mistake: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  complete({root, bytes}: DownloadResult): void {
    const {world, disk, output, schedule, versions} = this.#simulation;
    const content = disk.content(output);
    const version = versions.find(({manifest}) => manifest.root === root);
    world.require(
      version !== undefined && content !== null && isEqual(content, version.bytes),
      'a wrong file',
    );
    world.require(content?.length === bytes, 'the result tells another size');
    world.require(
      schedule.pin === 'none' || version === versions[0],
      'another version than the one asked for',
    );
    // What a disk that failed would not let go is swept up by nobody.
    const isWell = disk.faults.failingUntilMs === 0;
    world.require(!isWell || disk.names.length === 1, `left in the folder: ${disk.names.join(', ')}`);
  }

  /** Whether a download may end so although nothing goes wrong any more. */
  mayFail(code: string): boolean {
    const {schedule, servers, versions} = this.#simulation;
    const hasOther = servers.some(({store}) => store.version === versions[1]);
    return schedule.pin === 'none' && hasOther && ['servers-disagree', 'output-exists'].includes(code);
  }

  #blockEnded({fd, position}: StoreBlockTask, {kind}: StoreBlockResult): void {
    if (kind !== 'stored') return;
    const key = `${fd}/${position}`;
    const times = (this.#stored.get(key) ?? 0) + 1;
    this.#stored.set(key, times);
    this.#simulation.world.require(times === 1, `the block at ${position} was stored ${times} times`);
  }

  #written(path: string, at: number, bytes: Uint8Array): void {
    const digits = PART.exec(path)?.[1];
    if (digits === undefined) return;
    const {world} = this.#simulation;
    const version = this.#versionOf(digits);
    if (version === undefined) return world.violated(`written to the part of an unknown version: ${path}`);
    const right = version.bytes.subarray(at, at + bytes.length);
    world.require(isEqual(bytes, right), `wrong bytes are written to ${path} at ${at}`);
  }

  #named(path: string, content: Uint8Array): void {
    const {world, output, versions} = this.#simulation;
    if (path !== output) return;
    world.require(
      versions.some(({bytes}) => isEqual(content, bytes)),
      'what has the final name is no whole version',
    );
  }

  #versionOf(digits: string): SimVersion | undefined {
    return this.#simulation.versions.find(({manifest}) => manifest.root.startsWith(digits));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
