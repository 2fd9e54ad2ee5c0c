/** `--trace FILE` and `--report`: the flags, and what is behind them. */

import {boolean, string} from '@oclif/core/flags';
import {systemClock} from '../../actors/clock.js';
import type {OnTrace} from '../../actors/trace/recorder.js';
import type {TraceFile} from '../../actors/trace/trace-file.js';
import type {TraceReport} from '../../trace/report.js';
import type {TraceRow} from '../../trace/rows.js';
import {type InspectFlags, startInspect} from './inspect-flag.js';

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

/** One receiver for several; each gets every row. */
export function toAll(receivers: readonly OnTrace[]): OnTrace {
  return (row) => {
    for (const receive of receivers) receive(row);
  };
}

/** As parsed. */
export interface TracingFlags extends InspectFlags {
  readonly trace?: string | undefined;
  readonly report?: boolean;
}

/** What a download is looked at for. */
export interface TracingOptions {
  /** What is downloaded, in words. */
  readonly name: string;
  /** Told once when the file fails. */
  readonly onFailed: (reason: string) => void;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
}

/** A download that is looked at; where none of the flags was given, nothing is. */
export interface Tracing {
  readonly options: {readonly onTrace?: OnTrace};
  /** Writes and sends what still waits. May be called twice. */
  close(): Promise<void>;
  /** The report in words; nothing where none was asked for. */
  reportLines(color: boolean): string[];
  /** The report as part of the result. */
  result(): {readonly report?: TraceReport};
}

/** Opens the file and the page, and begins the report, as the flags say. Throws FdlError `usage`. */
export async function startTracing(
  {trace: path, report, ...flags}: TracingFlags,
  {name, onFailed, say}: TracingOptions,
): Promise<Tracing> {
  const file = await openTrace(path, onFailed);
  const reporter = report === true ? await startReport() : null;
  const inspector = await startInspect(flags, {command: 'download', name, say});
  const receivers = [
    file?.write,
    reporter === null ? undefined : (row: TraceRow) => reporter.builder.take(row),
    inspector?.add,
  ].filter((it) => it !== undefined);
  const {stderr} = process;
  return {
    options: receivers.length === 0 ? {} : {onTrace: toAll(receivers)},
    close: async () => void (await Promise.all([file?.close(), inspector?.end()])),
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
