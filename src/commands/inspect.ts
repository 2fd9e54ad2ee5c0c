/** `fdl inspect FILE`: parses, calls, prints. */

import {once} from 'node:events';
import {createReadStream} from 'node:fs';
import {string as stringArg} from '@oclif/core/args';
import {boolean, custom} from '@oclif/core/flags';
import {FdlError} from '../errors.js';
import {PORT_MAX} from '../limits.js';
import {viewColor} from '../terminal/view-mode.js';
import type {TraceReport} from '../trace/report.js';
import {FdlCommand} from './base.js';
import {parseWhole} from './parse.js';
import type {HelpRow} from './support/help.js';
import {anotherText, charts, inspectText} from './support/inspect-flag.js';
import {listenForStop} from './support/stop-signals.js';

const port = custom<number>({parse: async (text) => parseWhole(text, 0, PORT_MAX), helpValue: 'PORT'});

const STANDARD_INPUT = '-';

export default class Inspect extends FdlCommand {
  static override summary = 'Show a trace on a page, or say from it why a download took as long as it did.';

  static override description = [
    'Reads what --trace FILE has written, of a download or a server that has ended, was killed or still runs, and shows it',
    'on a page for a browser of this machine: prints the address, and ends with Ctrl-C. With --report it says in words what',
    'the time of a download was spent on: which server, hashing, disk, own limit, busy replies, the tail, and what was',
    'received in vain.',
  ].join(' ');

  static override usage = '<%= command.id %> FILE [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done, or the page was ended by a signal'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: the file cannot be read, or is no trace; the port is taken'],
  ];

  static override examples = [
    {
      description: 'Look at it: servers, blocks, machines and time, at any moment:',
      command: '<%= config.bin %> <%= command.id %> run.ndjson',
    },
    {
      description: 'Why was this slow?',
      command: '<%= config.bin %> <%= command.id %> run.ndjson --report',
    },
  ];

  static override args = {
    file: stringArg({description: "trace of a download or a server; '-' is standard input", required: true}),
  };

  static override flags = {
    report: boolean({env: 'FDL_REPORT', summary: 'the report in words instead of a page; also with --json'}),
    port: port({default: 0, env: 'FDL_PORT', summary: 'port of the page on 127.0.0.1; 0 for any free one'}),
  };

  async run(): Promise<TraceReport | undefined> {
    const {args, flags} = await this.parse(Inspect);
    if (flags.report || this.jsonEnabled()) return this.#report(args.file);
    await this.#show(args.file, flags.port);
    return undefined;
  }

  async #report(path: string): Promise<TraceReport> {
    const {reportLines} = await import('../terminal/report-lines.js');
    const report = await reportOf(path);
    const {stdout} = process;
    const style = {color: viewColor(stdout, process.env), columns: stdout.isTTY ? stdout.columns : null};
    if (!this.jsonEnabled()) stdout.write(`${reportLines(report, style).join('\n')}\n`);
    return report;
  }

  /** Resolves when a signal has come. */
  async #show(path: string, wanted: number): Promise<void> {
    const {openTrace, receiveTrace} = await import('../inspector/server/recorded-trace.js');
    const {startRecordedInspector} = await import('../inspector/server/inspector.js');
    const trace = path === STANDARD_INPUT ? await receiveTrace(process.stdin) : await openTrace(path);
    const stop = listenForStop(() => {});
    try {
      const onUsedLink = (url: string) => this.say(anotherText(url));
      const server = await startRecordedInspector({trace, port: wanted, charts, onUsedLink});
      this.say(inspectText(server.url));
      // A signal may have come meanwhile.
      if (!stop.signal.aborted) await once(stop.signal, 'abort');
      server.close();
    } finally {
      await trace.close();
      stop.release();
    }
  }
}

/** Reads a trace to its end, however large. Throws FdlError `usage`. */
async function reportOf(path: string): Promise<TraceReport> {
  const {TraceReader} = await import('../trace/read.js');
  const {ReportBuilder} = await import('../trace/report.js');
  const reader = new TraceReader();
  const builder = new ReportBuilder();
  try {
    for await (const bytes of path === STANDARD_INPUT ? process.stdin : createReadStream(path)) {
      for (const row of reader.push(bytes as Buffer)) {
        if (row.k === 'trace' && row.command !== 'download') throw notOfDownload(path);
        builder.take(row);
      }
    }
    reader.end();
  } catch (error) {
    if (error instanceof FdlError) throw error;
    throw new FdlError('usage', `${path} cannot be read: ${(error as Error).message}`, {
      hint: 'Name a file that --trace has written.',
      cause: error,
    });
  }
  return builder.end();
}

function notOfDownload(path: string): FdlError {
  return new FdlError('usage', `${path} is the trace of a server`, {
    hint: "Reports are about downloads; 'fdl inspect FILE' without --report shows it on a page.",
  });
}
