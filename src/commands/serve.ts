/** `fdl serve PORT`: parses, calls, prints. */

import {custom as customArg} from '@oclif/core/args';
import {boolean, custom, string} from '@oclif/core/flags';
import {systemClock} from '../actors/clock.js';
import {MAX_TRANSFERS_DEFAULT, MAX_TRANSFERS_MAX, PORT_MAX} from '../limits.js';
import {escapeRemote} from '../terminal/escape.js';
import {viewColor, viewMode} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import {parseRate, parseWhole} from './parse.js';
import type {HelpRow} from './support/help.js';
import {inspectFlags, startInspect} from './support/inspect-flag.js';
import {metricsFlags} from './support/metrics-flags.js';
import {keepNurserySmall} from './support/nursery.js';
import {listenForStop} from './support/stop-signals.js';
import {openTrace, toAll, traceFlag} from './support/trace-flag.js';

const port = customArg<number>({parse: async (text) => parseWhole(text, 0, PORT_MAX, 'PORT: ')});
const transfers = custom<number>({
  parse: async (text) => parseWhole(text, 1, MAX_TRANSFERS_MAX),
  helpValue: 'N',
});
const rate = custom<number>({parse: async (text) => parseRate(text), helpValue: 'RATE'});

export interface ServeResult {
  /** Where it listened. */
  readonly addresses: readonly string[];
  /** Where metrics and health were, if anywhere. */
  readonly metrics?: string;
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
    const {serve} = await import('../serve.js');
    const {startServerLog} = await import('../terminal/server-log.js');
    const {addressText, exposureText, listeningText, metricsText} = await import(
      '../terminal/server-lines.js'
    );
    keepNurserySmall();
    const stream = process.stderr;
    const log = startServerLog({
      stream,
      mode: viewMode(stream, process.env, flags.quiet),
      color: viewColor(stream, process.env),
      json: this.jsonEnabled(),
      clock: systemClock,
    });
    const trace = await openTrace(flags.trace, (reason) =>
      log.line('warn', `the trace ends here, serving goes on: ${escapeRemote(reason)}`),
    );
    const inspector = await startInspect(flags, {
      command: 'serve',
      name: flags.dir,
      // The address is what the flag is for: --quiet does not swallow it.
      say: (line) => (flags.quiet ? this.say(line) : log.line('info', line)),
    });
    const receivers = [trace?.write, inspector?.add].filter((it) => it !== undefined);
    const stop = listenForStop((name) =>
      log.line('info', `${name}: finishing what is under way; a second one ends at once`),
    );
    try {
      const server = await serve({
        port: args.port,
        folder: flags.dir,
        host: flags.host,
        maxTransfers: flags['max-transfers'],
        ...(flags['limit-rate'] !== undefined && {limitBytesPerSecond: flags['limit-rate']}),
        inPlace: flags['in-place'] === true,
        metricsHost: flags['metrics-host'],
        ...(flags['metrics-port'] !== undefined && {metricsPort: flags['metrics-port']}),
        signal: stop.signal,
        onNotice: log.notice,
        ...(receivers.length > 0 && {onTrace: toAll(receivers)}),
      });
      for (const address of server.addresses) log.line('info', listeningText(address));
      const exposure = exposureText(flags.host, flags.dir);
      if (exposure !== null) log.line('warn', exposure);
      if (server.metricsAddress !== null) log.line('info', metricsText(server.metricsAddress));
      await server.ended;
      await Promise.all([trace?.close(), inspector?.end()]);
      log.line('info', 'ended');
      const {addresses, metricsAddress} = server;
      return {
        addresses: addresses.map(addressText),
        ...(metricsAddress !== null && {metrics: addressText(metricsAddress)}),
      };
    } finally {
      await Promise.all([trace?.close(), inspector?.end()]);
      log.stop();
      stop.release();
    }
  }
}
