/** The log of a server on a stream: readable lines through pino, and below them, on a terminal, the indexing bar. */

import {createLogUpdate} from 'log-update';
import {pino} from 'pino';
import type {Clock} from '../actors/clock.js';
import type {ServeNotice} from '../actors/server/serving.js';
import {PLAIN_LINE_MS, REDRAW_MS} from '../limits.js';
import {painter} from './paint.js';
import {type IndexingNotice, indexingBar, indexingText, type LogLevel, serverLine} from './server-lines.js';
import type {ViewMode, ViewStream} from './view-mode.js';

export interface ServerLog {
  notice(notice: ServeNotice): void;
  line(level: LogLevel, text: string): void;
  /** Takes the bar away; lines may still follow. */
  stop(): void;
}

export interface ServerLogOptions {
  readonly stream: ViewStream;
  /** `silent`: errors alone. */
  readonly mode: ViewMode;
  readonly color: boolean;
  /** JSON lines as pino writes them, for machines. */
  readonly json: boolean;
  readonly clock: Clock;
}

/** What is as it should be needs no label. */
const LABEL_COLOURS = {warn: 'yellow', error: 'red'} as const;

export function startServerLog(options: ServerLogOptions): ServerLog {
  const bar = options.mode === 'live' && !options.json ? liveBar(options) : plainBar(options);
  const logger = pino(
    {level: options.mode === 'silent' ? 'error' : 'info', base: null},
    {write: (line: string) => bar.above(options.json ? line : readable(line, options.color))},
  );
  return {
    notice(notice) {
      if (notice.kind === 'indexing') return bar.show(notice, (text) => logger.info(text));
      const line = serverLine(notice);
      if (line !== null) logger[line.level](line.text);
    },
    line: (level, text) => logger[level](text),
    stop: () => bar.stop(),
  };
}

interface Bar {
  /** Writes a whole line above the bar. */
  above(line: string): void;
  /** What is being indexed now. `log` puts a line of it into the log instead. */
  show(notice: IndexingNotice, log: (text: string) => void): void;
  stop(): void;
}

function liveBar({stream, clock, color}: ServerLogOptions): Bar {
  const update = createLogUpdate(stream as NodeJS.WriteStream, {showCursor: true});
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let text: string | null = null;
  return {
    above(line) {
      update.clear();
      // The terminal has echoed `^C` where the line begins.
      stream.write(`\r\u001b[K${line}`);
      if (text !== null) update(text);
    },
    show(notice) {
      text = indexingBar(notice, (stream.columns ?? 80) - 1, color);
      if (text === null) return update.clear();
      if (clock.now() - drawnAtMs < REDRAW_MS) return;
      drawnAtMs = clock.now();
      update(text);
    },
    stop() {
      text = null;
      update.clear();
      update.done();
    },
  };
}

function plainBar({stream, clock, mode}: ServerLogOptions): Bar {
  let saidAtMs = clock.now();
  return {
    above: (line) => void stream.write(line),
    show(notice, log) {
      const text = indexingText(notice);
      if (text === null || mode === 'silent' || clock.now() - saidAtMs < PLAIN_LINE_MS) return;
      saidAtMs = clock.now();
      log(text);
    },
    stop() {},
  };
}

/** `14:03:07 text` or `14:03:07 warn text` from a line of pino. */
function readable(line: string, color: boolean): string {
  const {level, time, msg} = JSON.parse(line) as {level: number; time: number; msg: string};
  const paint = painter(color);
  const at = paint('dim', new Date(time).toTimeString().slice(0, 8));
  const name = pino.levels.labels[level];
  const label = name === 'warn' || name === 'error' ? `${paint(LABEL_COLOURS[name], name)} ` : '';
  return `${at} ${label}${msg}\n`;
}
