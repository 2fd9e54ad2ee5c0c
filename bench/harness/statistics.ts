/** Figures about a handful of measurements. */

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const above = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? above : (above + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * The median of the ratios of what was measured in the same round. Rounds are compared with themselves since a shared
 * machine is faster in one minute than in the next.
 */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}

/**
 * Jain's index of fairness: 1 when all have the same, 1/n when one has all (Jain, Chiu, Hawe: A Quantitative Measure of
 * Fairness, 1984).
 */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

/** A straight line through points by least squares. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return {slope: products / squares, offset: meanY - (products / squares) * meanX};
}
