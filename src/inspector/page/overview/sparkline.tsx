/** A rate over the last minute as a small area. */

import {useMemo} from 'preact/hooks';

interface SparklineProps {
  /** Oldest first, at equal steps. */
  readonly rates: ArrayLike<number>;
  /** The rate at the upper edge: the same for all that are compared. */
  readonly top: number;
  /** Nothing ever came: there is no line to be drawn. */
  readonly isEmpty: boolean;
}

const WIDTH = 64;
const HEIGHT = 20;

export function Sparkline({rates, top, isEmpty}: SparklineProps) {
  const points = useMemo(() => pointsOf(rates, top), [rates, top]);
  if (isEmpty) return <span class="sparkline" />;
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="sparkline-area" d={`M0 ${HEIGHT}L${points}L${WIDTH} ${HEIGHT}z`} />
      <path class="sparkline-line" d={`M${points}`} />
    </svg>
  );
}

function pointsOf(rates: ArrayLike<number>, top: number): string {
  const points: string[] = [];
  const last = Math.max(1, rates.length - 1);
  for (let at = 0; at < rates.length; at++) {
    const share = top <= 0 ? 0 : Math.min(1, (rates[at] ?? 0) / top);
    points.push(`${((at / last) * WIDTH).toFixed(1)} ${(HEIGHT - 1 - share * (HEIGHT - 3)).toFixed(1)}`);
  }
  return points.length === 0 ? `0 ${HEIGHT - 1}` : points.join('L');
}
