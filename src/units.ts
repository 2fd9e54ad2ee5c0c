/**
 * Amounts as people read them: on the terminal, on the page of the visualizer, and in the messages of errors. Sizes and rates
 * are both decimal (1 MB = 1,000,000 bytes), so that they divide. Pure.
 */

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;
const STEP = 1000;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `0 B`, `512 B`, `1.05 GB`: three digits that matter; decimal, so that sizes and rates divide. */
export function formatBytes(bytes: number): string {
  if (bytes < STEP) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = -1;
  // 999.6 kB would be written as 1000 kB: what rounds up to a step belongs to the next unit.
  while (value >= STEP - 0.5 && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  return `${threeDigits(value)} ${UNITS[unit]}`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/** `35.2 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** How long something took: `80 ms`, `8.6s`, `42s`, `1m 05s`, `2h 03m`, `3d 04h`. */
export function formatElapsed(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.round(durationMs)} ms`;
  if (durationMs < 9_950) return `${(durationMs / SECOND_MS).toFixed(1)}s`;
  return formatWait(durationMs);
}

/** A time to come, in whole seconds and rounded up, so that it never says 0s before its time: `3s`, `1m 05s`. */
export function formatWait(durationMs: number): string {
  const ms = Math.max(0, Math.ceil(durationMs / SECOND_MS)) * SECOND_MS;
  if (ms < MINUTE_MS) return `${ms / SECOND_MS}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m ${twoDigits((ms % MINUTE_MS) / SECOND_MS)}s`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)}h ${twoDigits((ms % HOUR_MS) / MINUTE_MS)}m`;
  return `${Math.floor(ms / DAY_MS)}d ${twoDigits((ms % DAY_MS) / HOUR_MS)}h`;
}

/** Whole percents, rounded down: 100 means all. */
export function formatPercent(part: number, whole: number): string {
  return `${whole <= 0 ? 100 : Math.floor((part / whole) * 100)} %`;
}

/** `1 server`, `3 servers`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** At least two digits: `07`. */
export function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
