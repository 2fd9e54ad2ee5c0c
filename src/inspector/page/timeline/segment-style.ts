/** How segments of a timeline look: shape and pattern differ as well as colour, so that none is told by colour alone. Pure. */

import {CLIENT_DOINGS, type ClientDoing, DOINGS, type Doing} from '../model/moment.js';
import type {Lanes} from '../model/queries.js';
import {CLIENT_LOOKS, LOOKS} from '../overview/looks.js';

export interface SegmentStyle {
  /** `bar`: the whole height; `area`: as `bar`, filled as high as the rate; `line`, `thin`: in the middle; `hollow`: a frame. */
  readonly shape: 'bar' | 'area' | 'line' | 'thin' | 'hollow' | 'none';
  readonly pattern: 'plain' | 'rising' | 'falling' | 'level' | 'dashed';
  /** A variable of styles/palette.css. */
  readonly colour: string;
}

const STYLES: Readonly<Record<Doing, SegmentStyle>> = {
  unasked: {shape: 'none', pattern: 'plain', colour: 'idle'},
  connecting: {shape: 'line', pattern: 'dashed', colour: 'waiting'},
  transferring: {shape: 'area', pattern: 'plain', colour: 'transferring'},
  waiting: {shape: 'line', pattern: 'plain', colour: 'waiting'},
  silent: {shape: 'hollow', pattern: 'rising', colour: 'silent'},
  paused: {shape: 'bar', pattern: 'level', colour: 'paused'},
  verifying: {shape: 'bar', pattern: 'falling', colour: 'verifying'},
  idle: {shape: 'thin', pattern: 'plain', colour: 'idle'},
  busy: {shape: 'bar', pattern: 'rising', colour: 'busy'},
  indexing: {shape: 'hollow', pattern: 'level', colour: 'busy'},
  standby: {shape: 'thin', pattern: 'dashed', colour: 'idle'},
  lost: {shape: 'hollow', pattern: 'falling', colour: 'lost'},
  out: {shape: 'line', pattern: 'dashed', colour: 'out'},
};

const CLIENT_STYLES: Readonly<Record<ClientDoing, SegmentStyle>> = {
  connected: {shape: 'thin', pattern: 'plain', colour: 'waiting'},
  sending: {shape: 'area', pattern: 'plain', colour: 'transferring'},
  refused: {shape: 'bar', pattern: 'rising', colour: 'busy'},
  gone: {shape: 'none', pattern: 'plain', colour: 'idle'},
};

/** A kind of segment, with what a legend says of it. */
export interface Kind {
  readonly style: SegmentStyle;
  readonly word: string;
  readonly about: string;
}

const SERVER_KINDS: readonly Kind[] = DOINGS.map((doing) => ({...LOOKS[doing], style: STYLES[doing]}));
const CLIENT_KINDS: readonly Kind[] = CLIENT_DOINGS.map((doing) => ({
  ...CLIENT_LOOKS[doing],
  style: CLIENT_STYLES[doing],
}));

/** Kinds by the number that stands in `Lane.doings`. */
export function kindsOf(of: Lanes['of']): readonly Kind[] {
  return of === 'servers' ? SERVER_KINDS : CLIENT_KINDS;
}
