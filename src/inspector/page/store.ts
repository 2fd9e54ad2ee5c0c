/**
 * What the page shows and what somebody chose in it, as signals: views read them, and call what stands below to change
 * something. The worker's answers come in through `connection.ts`; nothing else writes `feed`, `moment` and `marks`.
 */

import {signal} from '@preact/signals';
import type {Moment} from './model/moment.js';
import type {Feed, Mark, Position} from './model/queries.js';

export const TABS = ['overview', 'machines', 'timeline', 'events'] as const;
export type Tab = (typeof TABS)[number];

/** What is known of the rows: how many, from where, what is wrong with them. Null: nothing yet. */
export const feed = signal<Feed | null>(null);
/** What is known at `position`; renewed at most eight times a second. Null: no row yet. Its map is there on the overview alone. */
export const moment = signal<Moment | null>(null);
/** Moments worth jumping to, in their order. */
export const marks = signal<readonly Mark[]>([]);

/** The moment that all views show. */
export const position = signal<Position>({kind: 'live'});
/** How fast the position moves by itself; null: it does not. */
export const playing = signal<{readonly speed: number} | null>(null);
export const tab = signal<Tab>('overview');
/** Of several files of a set: the one that is shown, by its `item`; null: the set as a whole. */
export const chosenFile = signal<number | null>(null);
/** Number of a server, shared by all views; null: none. */
export const chosenServer = signal<number | null>(null);
/** Number of an actor, shared by machines and events; null: none. */
export const chosenActor = signal<number | null>(null);
/** Number of a fragment, from 1; null: none. */
export const chosenFragment = signal<number | null>(null);

/** Shows a moment, in milliseconds since the start; `row`: one of several rows of that time. Stops following what is new. */
export function goTo(t: number, row?: number): void {
  playing.value = null;
  position.value = row === undefined ? {kind: 'at', t} : {kind: 'at', t, row};
}

/** Follows what is new; of a recorded trace: its end. */
export function goLive(): void {
  playing.value = null;
  position.value = {kind: 'live'};
}

/** Shows an actor in the machines view. */
export function showActor(actor: number): void {
  chosenActor.value = actor;
  tab.value = 'machines';
}
