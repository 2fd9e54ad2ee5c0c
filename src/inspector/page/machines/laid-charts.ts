/**
 * The charts of the machines, laid out when one is looked at for the first time. They and the worker that lays them out are
 * fetched before that: the process behind the page may have ended when somebody looks.
 */

import {effect, signal} from '@preact/signals';
import elkUrl from 'elkjs/lib/elk-worker.min.js?url';
import type {Chart} from '../../charts/chart.js';
import {Elk, type ElkAnswer} from '../../charts/elk.js';
import type {LaidChart} from '../../charts/laid-chart.js';
import {layOut} from '../../charts/layout.js';
import {feed} from '../store.js';

/** A chart on its way. */
export type Drawing =
  | {readonly kind: 'waiting'}
  | {readonly kind: 'ready'; readonly chart: Chart; readonly laid: LaidChart}
  /** This fdl has no such machine: the trace is of another one. */
  | {readonly kind: 'unknown'}
  | {readonly kind: 'failed'; readonly reason: string};

const WAITING: Drawing = {kind: 'waiting'};
const drawings = signal<ReadonlyMap<string, Drawing>>(new Map());
let charts: Promise<readonly Chart[]> | null = null;
let elk: Elk | null = null;
let queue: Promise<void> = Promise.resolve();

/** Fetches what drawing needs, but lets a recorded trace be read before. Called once, with the page. */
export function prepareChartsLater(): void {
  const stop = effect(() => {
    const status = feed.value?.status.kind ?? 'connecting';
    if (status === 'connecting' || status === 'loading') return;
    prepare();
    queueMicrotask(() => stop());
  });
}

function prepare(): void {
  elk ??= elkInWorker();
  charts ??= fetchCharts();
  // Told when a machine is to be drawn, and tried again then.
  charts.catch(() => {
    charts = null;
  });
}

/** The drawing of a machine as far as it is known; the view is told when it is ready. */
export function drawingOf(machine: string): Drawing {
  return drawings.value.get(machine) ?? WAITING;
}

/** Starts drawing a machine, unless that was done; one that failed is tried again. */
export function draw(machine: string): void {
  const known = drawings.peek().get(machine);
  if (known !== undefined && known.kind !== 'failed') return;
  note(machine, WAITING);
  // One after the other: what was asked for first is ready first.
  queue = queue
    .then(() => drawn(machine))
    .then(
      (drawing) => note(machine, drawing),
      (error: unknown) => {
        charts = null;
        note(machine, {kind: 'failed', reason: reasonOf(error)});
      },
    );
}

async function drawn(machine: string): Promise<Drawing> {
  charts ??= fetchCharts();
  const chart = (await charts).find(({id}) => id === machine);
  if (chart === undefined) return {kind: 'unknown'};
  elk ??= elkInWorker();
  return {kind: 'ready', chart, laid: await layOut(chart, elk)};
}

function elkInWorker(): Elk {
  const worker = new Worker(elkUrl);
  return new Elk({
    post: (message) => worker.postMessage(message),
    listen(take, fail) {
      worker.addEventListener('message', ({data}: MessageEvent<ElkAnswer>) => take(data));
      worker.addEventListener('error', () => {
        elk = null;
        fail('its worker could not be loaded');
      });
    },
  });
}

/** A browser says little of why it got nothing. */
function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'fdl has ended, or cannot be reached.';
  return error instanceof Error ? error.message : String(error);
}

async function fetchCharts(): Promise<readonly Chart[]> {
  const response = await fetch('/api/charts');
  if (!response.ok) throw new Error(`fdl answered ${response.status}`);
  return (await response.json()) as readonly Chart[];
}

function note(machine: string, drawing: Drawing): void {
  drawings.value = new Map(drawings.peek()).set(machine, drawing);
}
