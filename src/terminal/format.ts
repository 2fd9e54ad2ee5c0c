/** Numbers as people read them. Sizes and rates are both decimal (1 MB = 1,000,000 bytes), so that they divide. */

import {twoDigits} from '../units.js';

export {
  formatBytes,
  formatCount,
  formatElapsed,
  formatPercent,
  formatRate,
  formatWait,
} from '../units.js';

/** The first digits of a digest: enough to tell two apart by eye. */
export function formatDigest(hex: string): string {
  return `${hex.slice(0, 8)}…`;
}

/** A moment in local time, to the minute: `2026-11-20 14:03`. Takes milliseconds since 1970. */
export function formatTime(ms: number): string {
  const at = new Date(ms);
  const date = [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join('-');
  return `${date} ${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}
