/** Amounts of bytes as people read them: on the terminal, and in the messages of errors. Pure. */

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;
const STEP = 1000;

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
