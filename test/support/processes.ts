/** Real `fdl` processes for tests: started, watched, stopped, and gone when the test has ended. */

import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import type {Cleanup} from './files.js';
import {until, within} from './wait.js';

/** Kept of each stream: the last so many characters. */
const OUTPUT_CHARACTERS_MAX = 4 * 1024 * 1024;
const START_DEADLINE_MS = 30_000;
const MEMORY_SAMPLE_MS = 20;
/** Processes of a test file whose coverage is measured: that takes a fifth of their time, and further ones add little. */
const COVERED_PROCESSES_MAX = 8;
let coveredProcesses = 0;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of bin/run.js: any program, for example `unshare`. The arguments follow as they are. */
  readonly program?: readonly string[];
  /** True: stderr goes to this process's own stderr instead of being kept, with colours and all. */
  readonly showStderr?: boolean;
}

export class Running {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  #stdout = '';
  #stderr = '';
  #peakBytes = 0;
  #ended = false;

  constructor(args: readonly string[], options: ProcessOptions) {
    const [program = process.execPath, ...first] = options.program ?? [process.execPath, binary()];
    this.child = spawn(program, [...first, ...args], {
      cwd: options.cwd,
      env: {
        ...process.env,
        ...coverage(),
        ...(options.showStderr === true ? {} : {NO_COLOR: '1'}),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', options.showStderr === true ? 'inherit' : 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-OUTPUT_CHARACTERS_MAX);
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-OUTPUT_CHARACTERS_MAX);
    });
    this.exited = this.#end();
    // A program that cannot be started is reported by `exited`; no one may be waiting for it yet.
    this.exited.catch(() => {});
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Largest resident memory seen in bytes (VmHWM); 0 before the first look or where there is no /proc. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Sends a signal, if the process still runs. */
  signal(name: NodeJS.Signals): void {
    if (!this.#ended) this.child.kill(name);
  }

  /** How it ended, or a rejection that shows what it said last. */
  async exit(deadlineMs: number): Promise<Exit> {
    try {
      return await within(`end of ${this.child.spawnargs.join(' ')}`, deadlineMs, this.exited);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.#stderr.slice(-2_000)}`);
    }
  }

  /** Waits until stderr (all of it so far) matches; returns the match. */
  async says(pattern: RegExp, deadlineMs = START_DEADLINE_MS): Promise<RegExpExecArray> {
    const found = await until(
      `${pattern} on stderr of ${this.child.spawnargs.slice(2).join(' ')}`,
      deadlineMs,
      () => {
        const match = pattern.exec(this.#stderr);
        if (match !== null) return {match};
        return this.#ended ? {match: null} : undefined;
      },
    );
    if (found.match === null) throw new Error(`ended before it said ${pattern}:\n${this.#stderr}`);
    return found.match;
  }

  /** Asks it to end, then makes it. */
  async stop(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await this.exited.catch(() => {});
  }

  async #end(): Promise<Exit> {
    const watch = setInterval(() => this.#lookAtMemory(), MEMORY_SAMPLE_MS);
    try {
      const [code, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null];
      return {code, signal, stdout: this.#stdout, stderr: this.#stderr};
    } finally {
      this.#ended = true;
      clearInterval(watch);
    }
  }

  #lookAtMemory(): void {
    const bytes = peakMemory(this.child.pid ?? 0);
    if (bytes !== undefined) this.#peakBytes = Math.max(this.#peakBytes, bytes);
  }
}

/** What is changed in the environment once enough processes were measured: no coverage, so that compilations may be cached. */
function coverage(): NodeJS.ProcessEnv {
  const isMeasured = (process.env['NODE_V8_COVERAGE'] ?? '') !== '';
  if (!isMeasured || ++coveredProcesses <= COVERED_PROCESSES_MAX) return {};
  // Empty, since node would hand its own value on to a child that has none.
  return {NODE_V8_COVERAGE: '', NODE_DISABLE_COMPILE_CACHE: undefined};
}

/** VmHWM of a process in bytes: the kernel's own high-water mark. Undefined when it is gone or not told. */
function peakMemory(pid: number): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Starts `fdl ARGS...`; killed when the test ends. */
export function startFdl(t: Cleanup, args: readonly string[], options: ProcessOptions): Running {
  const running = new Running(args, options);
  t.after(() => running.stop());
  return running;
}

/** Runs `fdl ARGS...` to its end. */
export function runFdl(
  t: Cleanup,
  args: readonly string[],
  options: ProcessOptions,
  deadlineMs = 60_000,
): Promise<Exit> {
  return startFdl(t, args, options).exit(deadlineMs);
}

export interface RunningServer extends Running {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** Starts `fdl serve 0 --dir DIR ARGS...` and waits until it listens. */
export async function startServer(
  t: Cleanup,
  dir: string,
  args: readonly string[] = [],
  options: {readonly port?: number; readonly env?: Readonly<Record<string, string>>} = {},
): Promise<RunningServer> {
  const running = startFdl(t, ['serve', String(options.port ?? 0), '--dir', dir, ...args], {
    cwd: dirname(dir),
    ...(options.env === undefined ? {} : {env: options.env}),
  });
  const match = await running.says(/listening on 127\.0\.0\.1:(\d+)/);
  const port = Number(match[1]);
  return Object.assign(running, {port, address: `127.0.0.1:${port}`});
}

/** Waits until fragments and index of a file lie in the served folder, so that a test starts with it ready. */
export async function indexed(dir: string, name: string, deadlineMs = 60_000): Promise<void> {
  const index = join(dir, 'fragments', name, 'index.json');
  await until(`${index}`, deadlineMs, () => existsSync(index));
}

/** bin/run.js of the checkout that these tests were built from. */
function binary(): string {
  return join(checkout(), 'bin', 'run.js');
}

/** The folder with package.json, whatever folder the tests were built into. */
export function checkout(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('package.json not found above the tests');
    folder = dirname(folder);
  }
  return folder;
}
