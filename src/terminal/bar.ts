/** A bar of blocks. Pure. */

/** Fewer columns than this show nothing. */
const BAR_COLUMNS_MIN = 5;

/** The full and the empty part of a bar of `width` columns for a share from 0 to 1; null when it would be too short. */
export function barText(share: number, width: number): {full: string; empty: string} | null {
  if (width < BAR_COLUMNS_MIN) return null;
  const full = Math.floor(Math.min(1, Math.max(0, share)) * width);
  return {full: '█'.repeat(full), empty: '░'.repeat(width - full)};
}
