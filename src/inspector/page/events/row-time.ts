/** The time of a row, to the thousandth: rows are often a millisecond apart. */

/** `12.392`, `1:05.039`, `2:03:04.500`. */
export function formatRowTime(ms: number): string {
  const whole = Math.floor(ms / 1_000);
  const thousandths = String(Math.floor(ms) % 1_000).padStart(3, '0');
  if (whole < 60) return `${whole}.${thousandths}`;
  const minutes = Math.floor(whole / 60);
  const seconds = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${seconds}.${thousandths}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${seconds}.${thousandths}`;
}
