/** `fdl serve PORT`: parses, calls, prints. */

import {integer as integerArg} from '@oclif/core/args';
import {boolean, custom, integer, string} from '@oclif/core/flags';
import {systemClock} from '../actors/clock.js';
import {MAX_TRANSFERS_DEFAULT, MAX_TRANSFERS_MAX, PORT_MAX} from '../limits.js';
import {FdlCommand} from './base.js';
import {parseRate} from './parse.js';
import {listenForStop} from './support/stop-signals.js';

const rate = custom<number>({parse: async (text) => parseRate(text), helpValue: 'RATE'});

export interface ServeResult {
  /** Where it listened. */
  readonly addresses: readonly string[];
}

export default class Serve extends FdlCommand {
  static override summary = 'Offer the files of a folder to whoever reaches the port.';

  static override description = [
    'Files are hashed and cut into fragments beside them (folder fragments), once; what is ready is served meanwhile.',
    'Files added, replaced or removed while it runs are noticed within seconds. Listens on this machine alone unless',
    '--host says otherwise. SIGINT, SIGTERM or SIGHUP end it after what is under way; a second one at once.',
    '\nExit codes: 0 ended by a signal, everything finished; 2 usage, no such folder, or the port is taken; 1 unexpected.',
  ].join(' ');

  static override examples = [
    {description: 'The folder files, for this machine:', command: '<%= config.bin %> <%= command.id %> 9000'},
    {
      description: 'Another folder, for everyone who can reach this machine, with half of a gigabit link:',
      command: '<%= config.bin %> <%= command.id %> 9000 --dir /data --host 0.0.0.0 --limit-rate 60MB',
    },
    {
      description: 'Without a second copy on disk:',
      command: '<%= config.bin %> <%= command.id %> 9000 --in-place',
    },
  ];

  static override args = {
    port: integerArg({
      description: 'port to listen on; 0 for any free one',
      required: true,
      min: 0,
      max: PORT_MAX,
    }),
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
    'max-transfers': integer({
      min: 1,
      max: MAX_TRANSFERS_MAX,
      default: MAX_TRANSFERS_DEFAULT,
      env: 'FDL_MAX_TRANSFERS',
      helpValue: 'N',
      summary: 'connections that transfer at once; others are told when to come back',
    }),
    'limit-rate': rate({
      env: 'FDL_LIMIT_RATE',
      summary: 'bytes a second for all together, like 500kB or 20MB',
    }),
    'in-place': boolean({
      env: 'FDL_IN_PLACE',
      summary: 'make no fragments: serve ranges of the files themselves',
    }),
  };

  async run(): Promise<ServeResult> {
    const {args, flags} = await this.parse(Serve);
    const {serve} = await import('../serve.js');
    const {startServerLog} = await import('../terminal/server-log.js');
    const {viewColor, viewMode} = await import('../terminal/live-view.js');
    const {addressText, exposureText} = await import('../terminal/server-lines.js');
    const stream = process.stderr;
    const log = startServerLog({
      stream,
      mode: viewMode(stream, process.env, flags.quiet),
      color: viewColor(stream, process.env),
      json: this.jsonEnabled(),
      clock: systemClock,
    });
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
        inPlace: flags['in-place'],
        signal: stop.signal,
        onNotice: log.notice,
      });
      const addresses = server.addresses.map(addressText);
      for (const address of addresses) log.line('info', `listening on ${address}`);
      const exposure = exposureText(flags.host, flags.dir);
      if (exposure !== null) log.line('warn', exposure);
      await server.ended;
      log.line('info', 'ended');
      return {addresses};
    } finally {
      log.stop();
      stop.release();
    }
  }
}
