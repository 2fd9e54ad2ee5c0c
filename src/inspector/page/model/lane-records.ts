/** What every server did over the whole time: segments and bytes, for timelines. Grows with the trace, and is asked by window. */

import {Column} from './columns.js';
import type {LaneSink} from './fleet.js';
import type {Lane, Lanes} from './queries.js';

/** One server or client. */
interface Record {
  label: string;
  readonly starts: Column<Float64Array>;
  readonly doings: Column<Uint8Array>;
  /** Bytes so far at moments: between two of them they came evenly. */
  readonly times: Column<Float64Array>;
  readonly bytes: Column<Float64Array>;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly pixels: number;
  /** Lanes that are wanted, in this order; left out: the first ones. */
  readonly ids?: readonly number[];
}

/** Parts of a window for which rates are told. */
const BINS_MAX = 400;
/** As long as a tick: the last one is shorter, and what it tells of came for the most part before it. */
const SPREAD_MS = 250;
/** Lanes in one answer: nobody looks at more. */
const LANES_MAX = 200;

export class LaneRecords implements LaneSink {
  readonly #records = new Map<number, Record>();

  label(id: number, label: string): void {
    this.#of(id).label = label;
  }

  doing(id: number, t: number, doing: number): void {
    const {starts, doings} = this.#of(id);
    const last = doings.length - 1;
    if (last >= 0 && doings.at(last) === doing) return;
    const before = last >= 0 ? starts.at(last) : 0;
    // What lasted no time was nothing; what is told late begins no earlier than what was told before.
    if (last >= 0 && t <= before) {
      doings.set(last, doing);
      return;
    }
    starts.push(t);
    doings.push(doing);
  }

  brought(id: number, beganMs: number, toMs: number, bytes: number): void {
    const fromMs = Math.max(0, Math.min(beganMs, toMs - SPREAD_MS));
    const {times, bytes: sums} = this.#of(id);
    const last = times.length - 1;
    const lastMs = last < 0 ? 0 : times.at(last);
    const sum = last < 0 ? 0 : sums.at(last);
    // Files of a set are told of by turns: what one brought goes on top of what another one did meanwhile.
    for (let at = last; at >= 0 && times.at(at) > fromMs; at--) {
      const share = Math.min(1, (times.at(at) - fromMs) / Math.max(1e-9, toMs - fromMs));
      sums.set(at, sums.at(at) + bytes * share);
    }
    if (fromMs > lastMs || last < 0) {
      times.push(Math.max(fromMs, lastMs));
      sums.push(sum);
    }
    if (last >= 0 && toMs <= lastMs) return;
    times.push(toMs);
    sums.push(sum + bytes);
  }

  /** `endMs`: where the trace ends; nothing is told beyond. */
  window({fromMs, toMs, pixels, ids}: Window, endMs: number, of: Lanes['of']): Lanes {
    const bins = Math.max(1, Math.min(BINS_MAX, Math.floor(pixels)));
    const untilMs = Math.min(toMs, endMs);
    const seen = [...this.#records].filter(([, {starts}]) => of === 'servers' || starts.at(0) <= untilMs);
    const binned = {fromMs, toMs, pixels: bins};
    const wanted = ids === undefined ? seen : this.#named(ids);
    const lanes = wanted
      .slice(0, LANES_MAX)
      .map(([id, record]) => laneOf(id, record, binned, untilMs, pixels));
    const known = new Map(lanes.map((lane) => [lane.id, lane.rates]));
    const rates = new Float32Array(bins);
    for (const [id, record] of seen) {
      const own = known.get(id) ?? ratesOf(record, binned);
      for (let bin = 0; bin < bins; bin++) rates[bin] = (rates[bin] ?? 0) + (own[bin] ?? 0);
    }
    return {fromMs, toMs, of, lanes, total: seen.length, rates, bins};
  }

  #named(ids: readonly number[]): [number, Record][] {
    return ids.flatMap((id) => {
      const record = this.#records.get(id);
      return record === undefined ? [] : [[id, record] satisfies [number, Record]];
    });
  }

  #of(id: number): Record {
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const made = {
      label: '',
      starts: new Column(Float64Array),
      doings: new Column(Uint8Array),
      times: new Column(Float64Array),
      bytes: new Column(Float64Array),
    };
    this.#records.set(id, made);
    return made;
  }
}

function laneOf(id: number, record: Record, window: Window, untilMs: number, pixels: number): Lane {
  const segments = segmentsOf(record, window.fromMs, untilMs);
  const shown = segments.length > pixels ? blended(segments, window, untilMs, pixels) : segments;
  return {
    id,
    label: record.label,
    starts: Float64Array.from(shown, ({from}) => from),
    ends: Float64Array.from(shown, ({to}) => to),
    doings: Uint8Array.from(shown, ({doing}) => doing),
    rates: ratesOf(record, window),
  };
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly doing: number;
}

function segmentsOf({starts, doings}: Record, fromMs: number, untilMs: number): Segment[] {
  const segments: Segment[] = [];
  for (let index = Math.max(0, starts.countUpTo(fromMs) - 1); index < starts.length; index++) {
    const from = Math.max(fromMs, starts.at(index));
    if (from >= untilMs) break;
    const to = index + 1 < starts.length ? Math.min(untilMs, starts.at(index + 1)) : untilMs;
    if (to > from) segments.push({from, to, doing: doings.at(index)});
  }
  return segments;
}

/** More segments than pixels: for each pixel what went on most of it. */
function blended(segments: readonly Segment[], window: Window, untilMs: number, pixels: number): Segment[] {
  const width = (window.toMs - window.fromMs) / pixels;
  const result: {from: number; to: number; doing: number}[] = [];
  let index = 0;
  for (let from = segments[0]?.from ?? untilMs; from < untilMs; from += width) {
    const to = Math.min(untilMs, from + width);
    while ((segments[index]?.to ?? Infinity) <= from) index++;
    const doing = longest(segments, index, to);
    const last = result.at(-1);
    if (last !== undefined && last.doing === doing) last.to = to;
    else result.push({from, to, doing});
  }
  return result;
}

function longest(segments: readonly Segment[], index: number, to: number): number {
  let doing = segments[index]?.doing ?? 0;
  let most = 0;
  for (let at = index; (segments[at]?.from ?? Infinity) < to; at++) {
    const segment = segments[at];
    const length = segment === undefined ? 0 : Math.min(segment.to, to) - segment.from;
    if (length <= most || segment === undefined) continue;
    most = length;
    doing = segment.doing;
  }
  return doing;
}

/** Bytes a second in each equal part of a window. */
function ratesOf({times, bytes}: Record, {fromMs, toMs, pixels: bins}: Window): Float32Array {
  const rates = new Float32Array(bins);
  const width = (toMs - fromMs) / bins;
  if (width <= 0 || times.length === 0) return rates;
  let before = sumAt(times, bytes, fromMs);
  for (let bin = 0; bin < bins; bin++) {
    const after = sumAt(times, bytes, fromMs + (bin + 1) * width);
    rates[bin] = ((after - before) / width) * 1_000;
    before = after;
  }
  return rates;
}

function sumAt(times: Column<Float64Array>, bytes: Column<Float64Array>, t: number): number {
  const count = times.countUpTo(t);
  if (count === 0) return 0;
  const sum = bytes.at(count - 1);
  if (count === times.length) return sum;
  const from = times.at(count - 1);
  const share = (t - from) / Math.max(1e-9, times.at(count) - from);
  return sum + (bytes.at(count) - sum) * share;
}
