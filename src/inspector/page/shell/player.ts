/** Lets a trace run again: the position moves by itself until the end, or until somebody stops it. */

import {effect} from '@preact/signals';
import {feed, goLive, moment, playing, position} from '../store.js';

/** A step of the position; the worker answers about as often. */
const STEP_MS = 125;

/** Speeds to choose from, in times of what was. */
export const SPEEDS = [0.1, 0.5, 1, 2, 5, 10, 50] as const;

/** Goes on from where the position is; from the start when it is at the end. */
export function play(speed: number): void {
  const {endMs = 0} = feed.value ?? {};
  const at = positionMs();
  position.value = {kind: 'at', t: at >= endMs ? 0 : at};
  playing.value = {speed};
}

export function pause(): void {
  playing.value = null;
}

/** Where the position is, in milliseconds. */
export function positionMs(): number {
  const at = position.value;
  return at.kind === 'at' ? at.t : (moment.value?.t ?? feed.value?.endMs ?? 0);
}

/** Moves the position while it plays. Called once. */
export function followPlaying(): void {
  effect(() => {
    const run = playing.value;
    if (run === null) return;
    let lastMs = performance.now();
    const timer = setInterval(() => {
      const nowMs = performance.now();
      step((nowMs - lastMs) * run.speed);
      lastMs = nowMs;
    }, STEP_MS);
    return () => clearInterval(timer);
  });
}

function step(byMs: number): void {
  const t = positionMs() + byMs;
  if (t >= (feed.value?.endMs ?? 0)) goLive();
  else position.value = {kind: 'at', t};
}
