/** The clock as an actor: a tick with every meter's reading, and one alarm that the policy sets. */

import {fromCallback} from 'xstate';
import {TICK_MS} from '../../limits.js';
import type {ClockEvent} from '../../machines/events.js';
import type {TickerCommand} from '../../machines/store-commands.js';
import type {Clock} from '../clock.js';
import type {Meters} from './meters.js';

/** The ticker as actor logic for the port `ticker` of the download machine. */
export function tickerLogic(clock: Clock, meters: Meters) {
  return fromCallback<TickerCommand>(({sendBack, receive}) => {
    const notify = (event: ClockEvent) => sendBack(event);
    let tickedAtMs = clock.now();
    let alarm: unknown = null;
    let tick = clock.setTimeout(onTick, TICK_MS);

    function onTick(): void {
      const atMs = clock.now();
      const elapsedMs = atMs - tickedAtMs;
      tickedAtMs = atMs;
      tick = clock.setTimeout(onTick, TICK_MS);
      notify({type: 'clock.ticked', atMs, elapsedMs, meters: meters.read()});
    }

    /** Timers may fire a little early: rung again until the time has come. */
    function ringAt(atMs: number): void {
      alarm = clock.setTimeout(
        () => {
          alarm = null;
          if (clock.now() < atMs) return ringAt(atMs);
          notify({type: 'clock.rang', atMs: clock.now()});
        },
        Math.max(1, Math.ceil(atMs - clock.now())),
      );
    }

    receive(({atMs}) => {
      if (alarm !== null) clock.clearTimeout(alarm);
      alarm = null;
      if (atMs !== null) ringAt(atMs);
    });
    return () => {
      clock.clearTimeout(tick);
      if (alarm !== null) clock.clearTimeout(alarm);
    };
  });
}
