/** A bar of blocks. Pure. */

/** Fewer columns than this show nothing. */
const BAR_COLUMNS_MIN = 5;

export interface Bar {
  readonly full: string;
  /** What may turn out to be there. */
  readonly unsure: string;
  readonly empty: string;
}

/** A bar of `width` columns for shares from 0 to 1; null when it would be too short. */
export function barText(share: number, width: number, unsureShare = 0): Bar | null {
  if (width < BAR_COLUMNS_MIN) return null;
  const full = columnsFor(share, width);
  const unsure = columnsFor(share + unsureShare, width) - full;
  return {full: '█'.repeat(full), unsure: '▒'.repeat(unsure), empty: '░'.repeat(width - full - unsure)};
}

function columnsFor(share: number, width: number): number {
  return Math.floor(Math.min(1, Math.max(0, share)) * width);
}
