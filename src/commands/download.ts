/** `fdl download FILE`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, custom, file, string} from '@oclif/core/flags';
import {systemClock} from '../actors/clock.js';
import {FdlError} from '../errors.js';
import type {DownloadOptions} from '../index.js';
import {CONNECTIONS_DEFAULT, CONNECTIONS_MAX, DISK_WAIT_TERMINAL_MS} from '../limits.js';
import type {DownloadResult, Progress} from '../report.js';
import {keptText, summaryLines} from '../terminal/summary.js';
import {viewColor, viewMode} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import {parseDigest, parseDuration, parseRate, parseWhole} from './parse.js';
import type {HelpRow} from './support/help.js';
import {readServers} from './support/server-list.js';
import {shellWords} from './support/shell-words.js';
import {listenForStop, type StopSignals} from './support/stop-signals.js';
import {readSums, sumsFlag} from './support/sums-flag.js';
import {openTrace, traceFlag} from './support/trace-flag.js';

const digest = custom<string>({parse: async (text) => parseDigest(text), helpValue: 'HEX'});
const connections = custom<number>({
  parse: async (text) => parseWhole(text, 1, CONNECTIONS_MAX),
  helpValue: 'N',
});
const duration = custom<number>({parse: async (text) => parseDuration(text), helpValue: 'TIME'});
const rate = custom<number>({parse: async (text) => parseRate(text), helpValue: 'RATE'});

export default class Download extends FdlCommand {
  static override summary = 'Download one file from every server that has it.';

  static override description = [
    'Fragments come from all servers at once, every block is checked before it is written, and one file is left.',
    'After an interruption of any kind the same command goes on where it stopped.',
  ].join(' ');

  static override usage = '<%= command.id %> FILE [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done, verified'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag, the list of servers or a name is wrong'],
    ['3', 'no server reachable, or all lost'],
    ['4', 'every server answered, and the file or a fragment is nowhere'],
    ['5', 'the servers disagree, or have another version than --root or --sha256'],
    ['6', 'the content cannot be verified, no honest source is left'],
    ['7', 'local disk: full, read-only or failed'],
    ['8', 'the output exists, or another download is writing it'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'From the servers listed in servers.txt, into this folder:',
      command: '<%= config.bin %> <%= command.id %> x.zip',
    },
    {
      description: 'From two servers, exactly the version that was published:',
      command:
        '<%= config.bin %> <%= command.id %> models/a.bin --server 192.0.2.7:9000 --server 192.0.2.8:9000 --sha256 HEX',
    },
    {
      description: 'Elsewhere, and not with the whole link:',
      command: '<%= config.bin %> <%= command.id %> x.zip --output /data --limit-rate 20MB',
    },
  ];

  static override args = {
    file: stringArg({description: 'name of the file on the servers', required: true}),
  };

  static override flags = {
    servers: file({
      char: 's',
      default: 'servers.txt',
      env: 'FDL_SERVERS',
      helpValue: 'PATH',
      summary: 'list of servers, host:port a line; - reads it from standard input',
    }),
    server: string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      env: 'FDL_SERVER',
      helpValue: 'HOST:PORT',
      summary: 'a server, instead of the list, like HOST:PORT,backup,limit=5MB; may be repeated',
    }),
    output: string({
      char: 'o',
      env: 'FDL_OUTPUT',
      helpValue: 'PATH',
      summary: 'file to write, or folder to put it in; else the file is put into the current folder',
    }),
    root: digest({env: 'FDL_ROOT', summary: 'the version to get, by its root'}),
    sha256: digest({env: 'FDL_SHA256', summary: 'the version to get, by the SHA-256 of the whole file'}),
    'sha256-file': sumsFlag,
    connections: connections({
      default: CONNECTIONS_DEFAULT,
      env: 'FDL_CONNECTIONS',
      summary: 'most connections to one server',
    }),
    'limit-rate': rate({env: 'FDL_LIMIT_RATE', summary: 'bytes a second, like 500kB, 20MB or 10MiB'}),
    'give-up-after': duration({
      env: 'FDL_GIVE_UP_AFTER',
      summary: 'end when nothing came for so long, like 30s or 10m',
    }),
    'disk-wait': duration({
      env: 'FDL_DISK_WAIT',
      summary: 'wait so long for room on a full disk; 5m on a terminal, else 0',
    }),
    trace: traceFlag,
    restart: boolean({env: 'FDL_RESTART', summary: 'drop what earlier runs left and begin anew'}),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace an existing output when all is here'}),
  };

  #stop: StopSignals | undefined;
  #latest: Progress | undefined;

  async run(): Promise<DownloadResult> {
    const {args, flags} = await this.parse(Download);
    const sums = flags['sha256-file'] === undefined ? null : await readSums(flags['sha256-file']);
    const sha256 = flags.sha256 ?? sums?.pinFor(args.file);
    const options: DownloadOptions = {
      file: args.file,
      servers: await readServers(flags.server ?? [], flags.servers),
      connections: flags.connections,
      restart: flags.restart,
      force: flags.force,
      diskWaitMs: flags['disk-wait'] ?? (process.stderr.isTTY ? DISK_WAIT_TERMINAL_MS : 0),
      ...(flags.output !== undefined && {output: flags.output}),
      ...(flags.root !== undefined && {root: flags.root}),
      ...(sha256 !== undefined && {sha256}),
      ...(flags['limit-rate'] !== undefined && {limitBytesPerSecond: flags['limit-rate']}),
      ...(flags['give-up-after'] !== undefined && {giveUpAfterMs: flags['give-up-after']}),
    };
    return this.#show(options, flags.quiet, flags.trace);
  }

  /** Runs the download with its view and its signals; both are gone when it returns. */
  async #show(options: DownloadOptions, isQuiet: boolean, tracePath?: string): Promise<DownloadResult> {
    // Loaded here, so that help and usage errors need not wait for the machines, the workers and the terminal.
    const {download} = await import('../download.js');
    const {startLiveView} = await import('../terminal/live-view.js');
    const stream = process.stderr;
    const color = viewColor(stream, process.env);
    const view = startLiveView({
      stream,
      clock: systemClock,
      mode: viewMode(stream, process.env, isQuiet),
      color,
    });
    const trace = await openTrace(tracePath, (reason) => view.notice({kind: 'trace-failed', reason}));
    this.#stop = listenForStop((name) => {
      view.stop();
      if (!isQuiet) this.say(`${name}: stopping; a second one ends at once`);
    });
    try {
      const result = await download({
        ...options,
        ...(trace !== null && {onTrace: trace.write}),
        signal: this.#stop.signal,
        onProgress: (progress) => {
          this.#latest = progress;
          view.progress(progress);
        },
        onNotice: view.notice,
      });
      await trace?.close();
      view.stop();
      const style = {color, folder: process.cwd()};
      if (!isQuiet) for (const line of summaryLines(result, style)) this.say(line);
      return result;
    } finally {
      await trace?.close();
      view.stop();
      this.#stop.release();
    }
  }

  override async catch(thrown: unknown): Promise<void> {
    const isInterrupted = thrown instanceof FdlError && thrown.code === 'interrupted';
    return super.catch(isInterrupted ? this.#withWayToGoOn(thrown) : thrown);
  }

  protected override exitCodeOf(error: FdlError): number {
    return (error.code === 'interrupted' ? this.#stop?.exitCode() : null) ?? error.exitCode;
  }

  /** The exact command to go on; without `--restart`, which would drop what is here. */
  #withWayToGoOn(error: FdlError): FdlError {
    const words = this.argv.filter((word) => word !== '--restart');
    const command = shellWords([this.config.bin, this.id ?? '', ...words]);
    return new FdlError('interrupted', keptText(this.#latest), {
      hint: `To go on, run it again: ${command}`,
      cause: error,
    });
  }
}
