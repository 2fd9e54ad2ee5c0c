/** `fdl download FILE...`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, custom, string} from '@oclif/core/flags';
import {FdlError} from '../errors.js';
import type {DownloadOptions, FilesOptions} from '../index.js';
import {CONNECTIONS_DEFAULT, CONNECTIONS_MAX, DISK_WAIT_TERMINAL_MS} from '../limits.js';
import type {DownloadResult, FilesResult, Progress} from '../report.js';
import {keptText, summaryLines} from '../terminal/summary.js';
import type {TraceReport} from '../trace/report.js';
import {FdlCommand} from './base.js';
import {parseDigest, parseDuration, parseRate, parseWhole} from './parse.js';
import type {DownloadView} from './support/download-view.js';
import {isOneFile, missingFile, nameOfSet, onlyForOne, readFileWords} from './support/file-words.js';
import type {HelpRow} from './support/help.js';
import {inspectFlags} from './support/inspect-flag.js';
import {type MetricsFlags, metricsFlags, startDownloadMetrics} from './support/metrics-flags.js';
import {keepNurserySmall} from './support/nursery.js';
import {serverFlags} from './support/server-flags.js';
import {readServers} from './support/server-list.js';
import {shellWords} from './support/shell-words.js';
import {withSimilar} from './support/similar.js';
import type {StopSignals} from './support/stop-signals.js';
import {readSums, sumsFlag} from './support/sums-flag.js';
import {reportFlag, startTracing, type Tracing, type TracingFlags, traceFlag} from './support/trace-flag.js';

const digest = custom<string>({parse: async (text) => parseDigest(text), helpValue: 'HEX'});
const connections = custom<number>({
  parse: async (text) => parseWhole(text, 1, CONNECTIONS_MAX),
  helpValue: 'N',
});
const duration = custom<number>({parse: async (text) => parseDuration(text), helpValue: 'TIME'});
const rate = custom<number>({parse: async (text) => parseRate(text), helpValue: 'RATE'});

export default class Download extends FdlCommand {
  static override summary = 'Download files, each from every server that has it.';

  static override description = [
    'Fragments come from all servers at once, every block is checked before it is written, and one file is left.',
    'After an interruption of any kind the same command goes on where it stopped.',
    "Several names, a pattern ('models/*', '**/*.bin') or a folder (models/) keep their tree below the output folder;",
    'a file that fails does not stop the others.',
  ].join(' ');

  static override usage = '<%= command.id %> FILE... [FLAGS]';

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
      description: 'A folder with all that is in it, below /data:',
      command: '<%= config.bin %> <%= command.id %> models/ --output /data',
    },
    {
      description: 'Looked at in a browser of this machine, which gets the address that is printed:',
      command: '<%= config.bin %> <%= command.id %> x.zip --inspect',
    },
    {
      description: 'Elsewhere, and not with the whole link:',
      command: '<%= config.bin %> <%= command.id %> x.zip --output /data --limit-rate 20MB',
    },
  ];

  static override args = {
    file: stringArg({
      description: 'name of a file on the servers, a pattern, or a folder with its slash',
      multiple: true,
      required: false,
    }),
  };

  static override flags = {
    ...serverFlags,
    output: string({
      char: 'o',
      env: 'FDL_OUTPUT',
      helpValue: 'PATH',
      summary:
        'file to write, or folder to put it in; with several files the folder for all; else the current folder',
    }),
    all: boolean({env: 'FDL_ALL', summary: 'every file that the servers offer'}),
    'input-file': string({
      char: 'i',
      env: 'FDL_INPUT_FILE',
      helpValue: 'LIST',
      summary: "names, patterns and folders, one a line, '#' for comments; '-' is standard input",
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
    ...metricsFlags,
    trace: traceFlag,
    report: reportFlag,
    ...inspectFlags,
    restart: boolean({
      env: 'FDL_RESTART',
      summary: 'drop unfinished parts of earlier runs and begin anew; complete files stay',
    }),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace an existing output when all is here'}),
  };

  #stop: StopSignals | undefined;
  #latest: Progress | undefined;

  async run(): Promise<DownloadResult | FilesResult> {
    const {args, flags} = await this.parse(Download);
    const typed = args.file ?? [];
    const words = await readFileWords(typed, flags['input-file']);
    if (words.length === 0 && !flags.all) throw missingFile(`${this.config.bin} ${this.id}`);
    const sums = flags['sha256-file'] === undefined ? null : await readSums(flags['sha256-file']);
    const common = {
      servers: await readServers(flags.server ?? [], flags.servers),
      connections: flags.connections,
      restart: flags.restart,
      force: flags.force,
      diskWaitMs: flags['disk-wait'] ?? (process.stderr.isTTY ? DISK_WAIT_TERMINAL_MS : 0),
      ...(flags.output !== undefined && {output: flags.output}),
      ...(flags['limit-rate'] !== undefined && {limitBytesPerSecond: flags['limit-rate']}),
      ...(flags['give-up-after'] !== undefined && {giveUpAfterMs: flags['give-up-after']}),
    };
    const [only] = typed;
    if (only !== undefined && isOneFile(words, flags)) {
      const sha256 = flags.sha256 ?? sums?.pinFor(only);
      const pins = {
        ...(flags.root !== undefined && {root: flags.root}),
        ...(sha256 !== undefined && {sha256}),
      };
      return this.#downloadOne({...common, ...pins, file: only}, flags);
    }
    for (const flag of ['root', 'sha256'] as const) if (flags[flag] !== undefined) throw onlyForOne(flag);
    const sha256Of = sums === null ? {} : {sha256Of: (file: string) => sums.pinFor(file)};
    return this.#downloadSeveral({...common, ...sha256Of, files: words, all: flags.all}, flags);
  }

  async #downloadOne(
    options: DownloadOptions,
    {quiet, ...flags}: ShownFlags,
  ): Promise<DownloadResult & {readonly report?: TraceReport}> {
    // Loaded here, so that help and usage errors need not wait for the machines, the workers and the terminal.
    const {download} = await import('../download.js');
    const view = await this.#openView({quiet, ...flags});
    const tracing = await this.#startTracing(flags, options.file, view);
    try {
      const result = await download({
        ...options,
        ...view.told,
        ...tracing.options,
      });
      await tracing.close();
      view.stop();
      if (!quiet) for (const line of summaryLines(result, view.style)) this.say(line);
      for (const line of tracing.reportLines(view.style.color)) this.say(line);
      return {...result, ...tracing.result()};
    } catch (error) {
      view.stop();
      for (const line of tracing.reportLines(view.style.color)) this.say(line);
      throw await withSimilar(error, options.file, options.servers, 'files and folders');
    } finally {
      await tracing.close();
      view.close();
    }
  }

  async #downloadSeveral(
    options: FilesOptions,
    {quiet, ...flags}: ShownFlags,
  ): Promise<FilesResult & {readonly report?: TraceReport}> {
    const {downloadFiles} = await import('../download-files.js');
    const {failedFileLines, setSummaryLines} = await import('../terminal/set-summary.js');
    const view = await this.#openView({quiet, ...flags});
    const tracing = await this.#startTracing(flags, nameOfSet(options.files), view);
    try {
      const result = await downloadFiles({...options, ...view.told, ...tracing.options});
      await tracing.close();
      view.stop();
      const {color} = view.style;
      const lines = quiet ? failedFileLines(result, color) : setSummaryLines(result, view.style);
      for (const line of lines) this.say(line);
      for (const line of tracing.reportLines(color)) this.say(line);
      process.exitCode = result.exitCode;
      return {...result, ...tracing.result()};
    } catch (error) {
      view.stop();
      for (const line of tracing.reportLines(view.style.color)) this.say(line);
      throw error;
    } finally {
      await tracing.close();
      view.close();
    }
  }

  #startTracing(flags: TracingFlags, name: string, {told, line: say}: DownloadView): Promise<Tracing> {
    const onFailed = (reason: string) => told.onNotice({kind: 'trace-failed', reason});
    return startTracing(flags, {name, onFailed, say});
  }

  /** The view of a download and its signals; both are gone when it was closed. */
  async #openView(flags: ShownFlags): Promise<DownloadView> {
    const {openDownloadView} = await import('./support/download-view.js');
    keepNurserySmall();
    const say = (line: string) => this.say(line);
    const watch = await startDownloadMetrics(flags, (line) => flags.quiet || say(line));
    const view = openDownloadView(flags.quiet, say, (progress) => {
      this.#latest = progress;
      watch?.progress(progress);
    });
    this.#stop = view.signals;
    const close = () => {
      view.close();
      watch?.close();
    };
    return {...view, close};
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

interface ShownFlags extends TracingFlags, MetricsFlags {
  readonly quiet: boolean;
}
