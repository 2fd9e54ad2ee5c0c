/**
 * How what a server or client is doing looks: a word, a colour and a mark, the same in every view, so that colour is never
 * the only sign. Pure.
 */

import type {ClientDoing, Doing, ServerMoment} from '../model/moment.js';

/** Names of variables in styles/palette.css, each readable as text on a panel. */
export type LookColour =
  | 'transferring'
  | 'verifying'
  | 'waiting'
  | 'silent'
  | 'paused'
  | 'busy'
  | 'lost'
  | 'out';

export interface Look {
  readonly word: string;
  readonly colour: LookColour;
  /** Path in a square of 12 units. */
  readonly mark: string;
  /** What the word means, as a sentence without its full stop. */
  readonly about: string;
}

const DISC = 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z';
const RING = `${DISC}M6 2.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z`;
const NO_ENTRY = `${DISC}M3 5v2h6V5z`;
const ARROW = 'M4.6 1h2.8v4.6h3.1L6 11L1.5 5.6h3.1z';
const CROSS = 'M2.6 1L6 4.4L9.4 1L11 2.6L7.6 6L11 9.4L9.4 11L6 7.6L2.6 11L1 9.4L4.4 6L1 2.6z';
const DASH = 'M1.5 4.9h9v2.2h-9z';
const HOURGLASS = 'M2 1h8v1.8L7 6l3 3.2V11H2V9.2L5 6L2 2.8z';
const PIE = 'M6 1a5 5 0 1 0 5 5H6z';
const STOP =
  'M3.9 1h4.2L11 3.9v4.2L8.1 11H3.9L1 8.1V3.9zM3.4 4.6L4.6 6L3.4 7.4L4.6 8.6L6 7.4L7.4 8.6L8.6 7.4L7.4 6L8.6 4.6L7.4 3.4L6 4.6L4.6 3.4z';
const DIAMOND = 'M6 .5L11.5 6L6 11.5L.5 6z';
const EQUAL = 'M1.5 2.8h9v2h-9zM1.5 7.2h9v2h-9z';
const DOTS = 'M1 4.9h2.3v2.3H1zM4.9 4.9h2.3v2.3H4.9zM8.7 4.9H11v2.3H8.7z';
const CHECK = 'M4.4 10.4L.8 6.8L2.3 5.3L4.4 7.4L9.7 2.1L11.2 3.6z';
const SQUARE = 'M1 1h10v10H1zM2.6 2.6v6.8h6.8V2.6z';
const FUNNEL = 'M1 1.5h10L7.2 6.2v4.6H4.8V6.2z';

/** Of the servers of a download. */
export const LOOKS: Readonly<Record<Doing, Look>> = {
  transferring: {word: 'transferring', colour: 'transferring', mark: ARROW, about: 'bytes come'},
  verifying: {
    word: 'verifying',
    colour: 'verifying',
    mark: CHECK,
    about: 'all that it brought is here, and is being hashed or written',
  },
  waiting: {
    word: 'waiting',
    colour: 'waiting',
    mark: HOURGLASS,
    about: 'it was asked, and nothing has come yet',
  },
  silent: {
    word: 'silent',
    colour: 'silent',
    mark: HOURGLASS,
    about: 'it was asked, and nothing came for so long that others may take over',
  },
  paused: {
    word: 'held back',
    colour: 'paused',
    mark: FUNNEL,
    about: 'memory, threads or disk were full on our side, so nothing was read',
  },
  idle: {word: 'ready', colour: 'waiting', mark: RING, about: 'connected, and not asked for anything'},
  connecting: {word: 'connecting', colour: 'waiting', mark: DOTS, about: 'it is being dialled and greeted'},
  busy: {
    word: 'busy',
    colour: 'busy',
    mark: NO_ENTRY,
    about: 'it said that it serves enough others just now',
  },
  indexing: {word: 'indexing', colour: 'busy', mark: PIE, about: 'it is still hashing the file'},
  standby: {word: 'standby', colour: 'waiting', mark: DASH, about: 'others are enough for now'},
  lost: {word: 'lost', colour: 'lost', mark: CROSS, about: 'the connection is gone, and is dialled anew'},
  out: {word: 'banned or out', colour: 'out', mark: STOP, about: 'it takes no part any more'},
  unasked: {word: 'not asked', colour: 'waiting', mark: RING, about: 'nothing is known of it yet'},
};

const OUT: Readonly<Partial<Record<ServerMoment['state'], Look>>> = {
  banned: {word: 'banned', colour: 'out', mark: STOP, about: 'there is proof that it lied'},
  absent: {word: 'without it', colour: 'waiting', mark: SQUARE, about: 'it does not have the file'},
  'other-version': {
    word: 'other version',
    colour: 'out',
    mark: DIAMOND,
    about: 'its file is another version',
  },
  alias: {
    word: 'named twice',
    colour: 'waiting',
    mark: EQUAL,
    about: 'it is the same as another server of the list',
  },
  lost: {word: 'given up', colour: 'lost', mark: CROSS, about: 'it was lost too often'},
};

const FINISHED: Look = {word: 'finished', colour: 'transferring', mark: CHECK, about: 'the download is over'};
/** What a server can be at when a download ends that says nothing of it afterwards. */
const AT_WORK: ReadonlySet<Doing> = new Set(['transferring', 'verifying', 'waiting', 'paused', 'idle']);

/** Of a server at a moment: one that is out says why. `isOver`: the download has ended by then. */
export function serverLook({doing, state}: Pick<ServerMoment, 'doing' | 'state'>, isOver: boolean): Look {
  if (isOver && AT_WORK.has(doing)) return FINISHED;
  return (doing === 'out' ? OUT[state] : undefined) ?? LOOKS[doing];
}

/** Of the clients of a server. */
export const CLIENT_LOOKS: Readonly<Record<ClientDoing, Look>> = {
  connected: {word: 'connected', colour: 'waiting', mark: RING, about: 'connected, and nothing is asked for'},
  sending: {
    word: 'sending',
    colour: 'transferring',
    mark: ARROW,
    about: 'it is being sent what it asked for',
  },
  refused: {
    word: 'refused',
    colour: 'busy',
    mark: NO_ENTRY,
    about: 'all slots were taken, and it was told when to come back',
  },
  gone: {word: 'gone', colour: 'waiting', mark: DASH, about: 'it has left'},
};
