/** How far a download is, out of a moment: parts of the file, and what is told of it. Pure. */

import {formatBytes, formatElapsed, formatRate, formatWait} from '../../../units.js';
import {BLOCK_STATES, type BlockState, type Moment} from '../model/moment.js';

/** A part of the bar. */
export interface Part {
  readonly name: 'kept' | 'stored' | 'received' | 'asked';
  readonly bytes: number;
}

/** Bytes of blocks that are neither stored nor missing. */
export interface OpenBytes {
  readonly unchecked: number;
  readonly received: number;
  readonly asked: number;
}

/** Counted once for each moment: there may be ten thousand fragments. */
export function openBytes({map, file}: Pick<Moment, 'map' | 'file'>): OpenBytes {
  const blockBytes = file?.blockBytes ?? 0;
  const of = (state: BlockState): number => (map === null ? 0 : sum(map.counts, state) * blockBytes);
  return {unchecked: of('unchecked'), received: of('received'), asked: of('asked')};
}

function sum(counts: Uint16Array, state: BlockState): number {
  let blocks = 0;
  for (let at = BLOCK_STATES.indexOf(state); at < counts.length; at += BLOCK_STATES.length)
    blocks += counts[at] ?? 0;
  return blocks;
}

/** The parts of the file that are here or under way, in the order of the bar; what is left of it is missing. */
export function partsOf({totals}: Pick<Moment, 'totals'>, open: OpenBytes): Part[] {
  return [
    {name: 'kept', bytes: totals.resumedBytes},
    {name: 'stored', bytes: totals.storedBytes},
    {name: 'received', bytes: open.received + open.unchecked},
    {name: 'asked', bytes: open.asked},
  ];
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
export function figuresOf(moment: Pick<Moment, 't' | 'end' | 'file' | 'totals'>, open: OpenBytes): Figure[] {
  const {totals, end, t} = moment;
  // What an earlier run left is not in flight.
  const underWay = open.asked + open.received;
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
