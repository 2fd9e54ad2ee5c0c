/** `fdl serve PORT`: parses, calls, prints. */

import {custom as customArg} from '@oclif/core/args';
import {boolean, custom, string} from '@oclif/core/flags';
import {systemClock} from '../actors/clock.js';

import {MAX_TRANSFERS_DEFAULT, MAX_TRANSFERS_MAX, PORT_MAX} from '../limits.js';
import type {ServerLog} from '../terminal/server-log.js';
import {type ViewMode, viewColor, viewMode} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import {parseRate, parseWhole} from './parse.js';
import type {HelpRow} from './support/help.js';
import {inspectFlags} from './support/inspect-flag.js';
import {metricsFlags} from './support/metrics-flags.js';
import {keepNurserySmall} from './support/nursery.js';
import {processRole} from './support/process-role.js';
import {type Served, serveHere} from './support/serve-here.js';
import {
  checkProcesses,
  type ProcessesFlags,
  processesFlag,
  servePart,
  startProcesses,
} from './support/server-processes.js';
import {listenForStop} from './support/stop-signals.js';
import {traceFlag} from './support/trace-flag.js';

const port = customArg<number>({parse: async (text) => parseWhole(text, 0, PORT_MAX, 'PORT: ')});
const transfers = custom<number>({
  parse: async (text) => parseWhole(text, 1, MAX_TRANSFERS_MAX),
  helpValue: 'N',
});
const rate = custom<number>({parse: async (text) => parseRate(text), helpValue: 'RATE'});

export interface ServeResult {
  /** Where it listened. */
  readonly addresses: readonly string[];
  /** Where metrics and health were, if anywhere; a list of several with `--processes`. */
  readonly metrics?: string | readonly string[];
}

export default class Serve extends FdlCommand {
  static override summary = 'Offer the files of a folder to whoever reaches the port.';

  static override description = [
    'Files are hashed and cut into fragments beside them (folder fragments), once; what is ready is served meanwhile.',
    'Files added, replaced or removed while it runs are noticed within seconds. Listens on this machine alone unless',
    '--host says otherwise. SIGINT, SIGTERM or SIGHUP end it after what is under way; a second one at once.',
  ].join(' ');

  static override usage = '<%= command.id %> PORT [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'ended by a signal, everything under way finished'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag is wrong, there is no such folder, or the port is taken'],
  ];

  static override examples = [
    {description: 'The folder files, for this machine:', command: '<%= config.bin %> <%= command.id %> 9000'},
    {
      description: 'Another folder, for everyone who can reach this machine, with half of a gigabit link:',
      command: '<%= config.bin %> <%= command.id %> 9000 --dir /data --host 0.0.0.0 --limit-rate 60MB',
    },
    {
      description: 'Watched by Prometheus:',
      command: '<%= config.bin %> <%= command.id %> 9000 --host 0.0.0.0 --metrics-port 9100',
    },
    {
      description: 'Looked at in a browser of this machine, which gets the address that is printed:',
      command: '<%= config.bin %> <%= command.id %> 9000 --inspect',
    },
    {
      description: 'For clients behind 25 Gbit/s and more, with four processes:',
      command: '<%= config.bin %> <%= command.id %> 9000 --host 0.0.0.0 --processes 4',
    },
    {
      description: 'Without a second copy on disk:',
      command: '<%= config.bin %> <%= command.id %> 9000 --in-place',
    },
  ];

  static override args = {
    port: port({description: 'port to listen on; 0 for any free one', required: true}),
  };

  static override flags = {
    dir: string({
      char: 'd',
      default: 'files',
      env: 'FDL_DIR',
      helpValue: 'PATH',
      summary: 'folder whose files are offered',
    }),
    host: string({
      default: '127.0.0.1',
      env: 'FDL_HOST',
      helpValue: 'ADDRESS',
      summary: 'address to listen on; 0.0.0.0 for all of this machine',
    }),
    'max-transfers': transfers({
      default: MAX_TRANSFERS_DEFAULT,
      env: 'FDL_MAX_TRANSFERS',
      summary: 'connections that transfer at once; others are told when to come back',
    }),
    'limit-rate': rate({
      env: 'FDL_LIMIT_RATE',
      summary: 'bytes a second for all together, like 500kB or 20MB',
    }),
    processes: processesFlag,
    ...metricsFlags,
    trace: traceFlag,
    ...inspectFlags,
    'in-place': boolean({
      env: 'FDL_IN_PLACE',
      summary: 'make no fragments: serve ranges of the files themselves',
    }),
  };

  async run(): Promise<ServeResult> {
    const {args, flags} = await this.parse(Serve);
    checkProcesses(flags);
    keepNurserySmall();
    const role = flags.processes === 1 ? null : processRole();
    if (role === null) return this.#serve(args.port, flags);
    await servePart(args.port, flags, role, await this.#startLog(flags.quiet ? 'silent' : 'plain'));
    return {addresses: []}; // the parent prints
  }

  async #serve(port: number, flags: ProcessesFlags): Promise<ServeResult> {
    const {quiet = false} = flags;
    const log = await this.#startLog(viewMode(process.stderr, process.env, quiet));
    const stop = listenForStop((name) =>
      log.line('info', `${name}: finishing what is under way; a second one ends at once`),
    );
    try {
      const server = await this.#start(port, flags, log, stop.signal);
      await this.#sayWhere(server, flags, log);
      await server.ended;
      log.line('info', 'ended');
      return await resultOf(server);
    } finally {
      log.stop();
      stop.release();
    }
  }

  #start(port: number, flags: ProcessesFlags, log: ServerLog, signal: AbortSignal): Promise<Served> {
    if (flags.processes > 1)
      return startProcesses(flags.processes, signal, ({number, how}) =>
        log.line('warn', `process ${number} ended by itself (${how}); another one follows`),
      );
    return serveHere(port, flags, {
      signal,
      log,
      onNotice: log.notice,
      // The address of the page is what the flag is for: --quiet does not swallow it.
      say: (line) => (flags.quiet ? this.say(line) : log.line('info', line)),
    });
  }

  async #startLog(mode: ViewMode): Promise<ServerLog> {
    const {startServerLog} = await import('../terminal/server-log.js');
    const color = viewColor(process.stderr, process.env);
    return startServerLog({
      stream: process.stderr,
      mode,
      color,
      json: this.jsonEnabled(),
      clock: systemClock,
    });
  }

  async #sayWhere(
    {addresses, metricsAddresses}: Served,
    flags: ProcessesFlags,
    log: ServerLog,
  ): Promise<void> {
    const {exposureText, listeningText, metricsText} = await import('../terminal/server-lines.js');
    for (const address of addresses) log.line('info', listeningText(address));
    const exposure = exposureText(flags.host, flags.dir);
    if (exposure !== null) log.line('warn', exposure);
    for (const address of metricsAddresses) log.line('info', metricsText(address));
  }
}

async function resultOf({addresses, metricsAddresses}: Served): Promise<ServeResult> {
  const {addressText} = await import('../terminal/server-lines.js');
  const [first, ...more] = metricsAddresses.map(addressText);
  if (first === undefined) return {addresses: addresses.map(addressText)};
  return {addresses: addresses.map(addressText), metrics: more.length === 0 ? first : [first, ...more]};
}
