/**
 * While a simulation runs there is no real time and no real chance. Timers of the process throw. What tells the time, and
 * Math.random, give those of the world: xstate notes with them when it set a timer and how it calls it, and does not look
 * again; tasks that are traced say how long they took.
 */

import type {World} from './world.js';

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'] as const;

/** Sets the traps; the function returned takes them away. */
export function setTraps(world: World): () => void {
  const {random} = Math;
  const {now} = Date;
  const performanceNow = performance.now;
  const timers = TIMERS.map((name) => globalThis[name]);
  Math.random = world.random;
  Date.now = () => Math.floor(world.clock.now());
  performance.now = () => world.clock.now();
  for (const name of TIMERS) Object.assign(globalThis, {[name]: () => caught(name)});
  return () => {
    Math.random = random;
    Date.now = now;
    performance.now = performanceNow;
    for (const [index, name] of TIMERS.entries()) Object.assign(globalThis, {[name]: timers[index]});
  };
}

function caught(what: string): never {
  throw new Error(`the simulation used ${what} of the real world`);
}
