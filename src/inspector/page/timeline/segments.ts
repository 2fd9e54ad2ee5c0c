/** Finds segments in the lanes of a timeline, and walks from one to another. Pure. */

import type {Lane, Lanes} from '../model/queries.js';

/** A segment that is looked at. */
export interface Segment {
  readonly lane: number;
  readonly id: number;
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Index in `kindsOf`. */
  readonly doing: number;
}

/** The segment of a lane at a moment; where there is none, the nearest one. Null: the lane is empty. */
export function segmentAt({lanes}: Pick<Lanes, 'lanes'>, lane: number, atMs: number): Segment | null {
  const found = lanes[lane];
  if (found === undefined || found.starts.length === 0) return null;
  return segmentOf(found, lane, indexAt(found, atMs));
}

function segmentOf(of: Lane, lane: number, index: number): Segment {
  return {
    lane,
    id: of.id,
    label: of.label,
    fromMs: of.starts[index] ?? 0,
    toMs: of.ends[index] ?? 0,
    doing: of.doings[index] ?? 0,
  };
}

/** The last segment that begins at or before a moment; else the first. */
function indexAt({starts}: Lane, atMs: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Where a key leads from a segment; null: it is no key of segments. */
export function walked(lanes: Pick<Lanes, 'lanes'>, from: Segment, key: string): Segment | null {
  switch (key) {
    case 'ArrowLeft':
      return beside(lanes, from, -1);
    case 'ArrowRight':
      return beside(lanes, from, 1);
    case 'ArrowUp':
      return inLane(lanes, from, -1);
    case 'ArrowDown':
      return inLane(lanes, from, 1);
    case 'Home':
      return segmentAt(lanes, from.lane, -Infinity);
    case 'End':
      return segmentAt(lanes, from.lane, Infinity);
    default:
      return null;
  }
}

/** In the next lane above or below that has any segment. */
function inLane(of: Pick<Lanes, 'lanes'>, from: Segment, by: number): Segment {
  const middleMs = (from.fromMs + from.toMs) / 2;
  for (let lane = from.lane + by; lane >= 0 && lane < of.lanes.length; lane += by) {
    const found = segmentAt(of, lane, middleMs);
    if (found !== null) return found;
  }
  return from;
}

function beside({lanes}: Pick<Lanes, 'lanes'>, from: Segment, by: number): Segment {
  const lane = lanes[from.lane];
  if (lane === undefined) return from;
  const index = indexAt(lane, from.fromMs) + by;
  return index < 0 || index >= lane.starts.length ? from : segmentOf(lane, from.lane, index);
}
