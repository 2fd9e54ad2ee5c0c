/** How far a download is, out of a moment: parts of the file, and what is told of it. Pure. */

import {formatBytes, formatElapsed, formatRate, formatWait} from '../../../units.js';
import {BLOCK_STATES, type BlockState, type Moment} from '../model/moment.js';

/** A part of the bar. */
export interface Part {
  readonly name: 'kept' | 'stored' | 'received' | 'asked';
  readonly bytes: number;
}

/** The parts of the file that are here or under way, in the order of the bar; what is left of it is missing. */
export function partsOf({map, file, totals}: Pick<Moment, 'map' | 'file' | 'totals'>): Part[] {
  const blockBytes = file?.blockBytes ?? 0;
  const open = map === null ? null : sums(map.counts);
  return [
    {name: 'kept', bytes: totals.resumedBytes},
    {name: 'stored', bytes: totals.storedBytes},
    {name: 'received', bytes: open === null ? 0 : (open.received + open.unchecked) * blockBytes},
    {name: 'asked', bytes: (open?.asked ?? 0) * blockBytes},
  ];
}

/** Asked for, or come and not stored yet; what an earlier run left is none of it. */
function inFlight({map, file}: Pick<Moment, 'map' | 'file'>): number {
  if (map === null) return 0;
  const {asked, received} = sums(map.counts);
  return (asked + received) * (file?.blockBytes ?? 0);
}

function sums(counts: Uint16Array): Record<BlockState, number> {
  const sum = {missing: 0, unchecked: 0, asked: 0, received: 0, stored: 0, kept: 0, wrong: 0};
  for (let at = 0; at < counts.length; at++) {
    const state = BLOCK_STATES[at % BLOCK_STATES.length];
    if (state !== undefined) sum[state] += counts[at] ?? 0;
  }
  return sum;
}

/** What the download is at, in a few words. */
export function stageWords({end, file, totals}: Pick<Moment, 'end' | 'file' | 'totals'>): string {
  if (end !== null) return END_WORDS[end.how];
  if (totals.isDiskFull) return 'waiting for room on the disk';
  if (totals.hashedBytes !== null) return 'hashing the whole file';
  if (file?.version == null) return 'asking what there is';
  return totals.resumedBytes + totals.storedBytes >= file.version.size ? 'finishing' : 'downloading';
}

/** The same of a download of several files. */
export function setStageWords({end, totals, set}: Pick<Moment, 'end' | 'totals' | 'set'>): string {
  if (end !== null) return END_WORDS[end.how];
  if (totals.isDiskFull) return 'waiting for room on the disk';
  return set === null || set.files === null ? 'asking what there is' : 'downloading';
}

const END_WORDS = {
  complete: 'complete',
  stopped: 'stopped',
  failed: 'failed',
  cut: 'the trace stops here',
} as const;

export interface Figure {
  readonly name: string;
  readonly value: string;
  /** What it means, as a sentence without its full stop. */
  readonly about: string;
}

/** The figures above everything, most important first. */
export function figuresOf(moment: Pick<Moment, 't' | 'end' | 'file' | 'totals' | 'map'>): Figure[] {
  const {totals, end, t} = moment;
  const underWay = inFlight(moment);
  return [
    rateFigure(moment),
    end === null
      ? leftFigure(totals.etaMs)
      : {name: 'took', value: formatElapsed(end.t), about: 'from start to end'},
    {name: 'stored', value: formatBytes(totals.storedBytes), about: 'received, found right, and in the file'},
    {
      name: 'from before',
      value: formatBytes(totals.resumedBytes),
      about: 'left by an earlier run, and right',
    },
    {
      name: 'in flight',
      value: end === null ? formatBytes(underWay) : '–',
      about: 'asked for, or being checked',
    },
    wastedFigure(moment),
    ...(end === null ? [{name: 'elapsed', value: formatElapsed(t), about: 'since the start'}] : []),
  ];
}

/** The rate of the moment, of what is over that of the whole. */
export function rateFigure({totals, end}: Pick<Moment, 'totals' | 'end'>): Figure {
  if (end === null || end.t === 0)
    return {
      name: 'rate',
      value: formatRate(totals.bytesPerSecond),
      about: 'of the last second, over all servers',
    };
  const mean = (totals.receivedBytes / end.t) * 1_000;
  return {name: 'mean rate', value: formatRate(mean), about: 'received, from start to end'};
}

function leftFigure(etaMs: number | null): Figure {
  const about = 'to the end, at the rate of the last seconds';
  return {name: 'time left', value: etaMs === null ? '–' : formatWait(etaMs), about};
}

function wastedFigure({totals, file}: Pick<Moment, 'totals' | 'file'>): Figure {
  const about = 'received in vain: second copies, and wrong or cut off blocks';
  const known = totals.duplicateBytes + totals.wrongBlocks * (file?.blockBytes ?? 0);
  return {name: 'wasted', value: formatBytes(totals.wastedBytes ?? known), about};
}
