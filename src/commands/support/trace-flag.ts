/** `--trace FILE` and `--report`: the flags, and what is behind them. */

import {boolean, string} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {OnTrace} from '../../actors/trace/recorder.js';
import type {TraceFile} from '../../actors/trace/trace-file.js';
import type {TraceReport} from '../../trace/report.js';

/** The flag of a command that can be traced. */
export const traceFlag = string({
  env: 'FDL_TRACE',
  helpValue: 'FILE',
  summary: 'write what happens into this file, a row a line (docs/trace.md)',
});

/** The flag of a command that can say what its time was spent on. */
export const reportFlag = boolean({
  env: 'FDL_REPORT',
  summary: 'say at the end what the time was spent on: which server, disk, hashing, busy replies',
});

/**
 * Opens the file of the flag, before anything else begins; null when the flag is not given. Throws FdlError `usage`.
 * `onFailed` is told once when the file fails later.
 */
export async function openTrace(
  path: string | undefined,
  onFailed: (reason: string) => void,
): Promise<TraceFile | null> {
  if (path === undefined) return null;
  const {openTraceFile} = await import('../../actors/trace/trace-file.js');
  return openTraceFile(path, {clock: systemClock, onFailed});
}

/** As parsed. */
export interface TracingFlags {
  readonly trace?: string | undefined;
  readonly report?: boolean;
}

/** A download that is looked at; where neither flag was given, nothing is. */
export interface Tracing {
  readonly options: {readonly onTrace?: OnTrace};
  /** Writes what still waits. May be called twice. */
  close(): Promise<void>;
  /** The report in words; nothing where none was asked for. */
  reportLines(color: boolean): string[];
  /** The report as part of the result. */
  result(): {readonly report?: TraceReport};
}

/** Opens the file and begins the report, as the flags say. Throws FdlError `usage`. */
export async function startTracing(
  {trace: path, report}: TracingFlags,
  onFailed: (reason: string) => void,
): Promise<Tracing> {
  const file = await openTrace(path, onFailed);
  const reporter = report === true ? await startReport() : null;
  const onTrace: OnTrace = (row) => {
    file?.write(row);
    reporter?.builder.take(row);
  };
  const {stderr} = process;
  return {
    options: file === null && reporter === null ? {} : {onTrace},
    close: async () => file?.close(),
    reportLines: (color) => {
      const columns = stderr.isTTY ? stderr.columns : null;
      return reporter?.lines(reporter.builder.end(), {color, columns}) ?? [];
    },
    result: () => (reporter === null ? {} : {report: reporter.builder.end()}),
  };
}

async function startReport() {
  const {ReportBuilder} = await import('../../trace/report.js');
  const {reportLines: lines} = await import('../../terminal/report-lines.js');
  return {builder: new ReportBuilder(), lines};
}
