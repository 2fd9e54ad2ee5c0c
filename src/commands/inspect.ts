/** `fdl inspect FILE`: parses, calls, prints. */

import {createReadStream} from 'node:fs';
import {string as stringArg} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {FdlError} from '../errors.js';
import {viewColor} from '../terminal/view-mode.js';
import type {TraceReport} from '../trace/report.js';
import {FdlCommand} from './base.js';
import type {HelpRow} from './support/help.js';

export default class Inspect extends FdlCommand {
  static override summary = 'Say from a trace why a download took as long as it did.';

  static override description = [
    'Reads what --trace FILE has written, of a download that has ended, was killed or still runs, and says what the time',
    'was spent on: which server, hashing, disk, own limit, busy replies, the tail, and what was received in vain.',
  ].join(' ');

  static override usage = '<%= command.id %> FILE [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: the file cannot be read, or is not the trace of a download'],
  ];

  static override examples = [
    {
      description: 'Why was this slow?',
      command: '<%= config.bin %> <%= command.id %> run.ndjson --report',
    },
  ];

  static override args = {
    file: stringArg({description: 'trace of a download', required: true}),
  };

  static override flags = {
    report: boolean({env: 'FDL_REPORT', summary: 'the report in words; also without this flag'}),
  };

  async run(): Promise<TraceReport> {
    const {args} = await this.parse(Inspect);
    const {reportLines} = await import('../terminal/report-lines.js');
    const report = await reportOf(args.file);
    const {stdout} = process;
    const style = {color: viewColor(stdout, process.env), columns: stdout.isTTY ? stdout.columns : null};
    if (!this.jsonEnabled()) stdout.write(`${reportLines(report, style).join('\n')}\n`);
    return report;
  }
}

/** Reads a trace to its end, however large. Throws FdlError `usage`. */
async function reportOf(path: string): Promise<TraceReport> {
  const {TraceReader} = await import('../trace/read.js');
  const {ReportBuilder} = await import('../trace/report.js');
  const reader = new TraceReader();
  const builder = new ReportBuilder();
  try {
    for await (const bytes of createReadStream(path)) {
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
    hint: "Reports are about downloads: trace one with 'fdl download FILE --trace run.ndjson'.",
  });
}
