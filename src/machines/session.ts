/**
 * One client's connection, seen from the server: which message is legal when, and how long everything may take. Pure:
 * messages are known by their ids here; what it decides are commands, and actors/session.ts carries them out.
 */

import {assign, emit, setup} from 'xstate';
import {FETCHES_OUT_MAX, GOODBYE_TIMEOUT_MS, HELLO_TIMEOUT_MS, SESSION_IDLE_TIMEOUT_MS} from '../limits.js';
import type {RefusalCode} from '../model.js';

export type SessionEvent =
  /** A hello came; `common`: a version that both sides speak is among those it names. */
  | {readonly type: 'hello.received'; readonly id: number; readonly common: boolean}
  /** Anything that is answered at once: listing, manifest, digests, have, ping. */
  | {readonly type: 'request.received'; readonly id: number}
  | {readonly type: 'fetch.received'; readonly id: number}
  | {readonly type: 'cancel.received'; readonly id: number}
  | {readonly type: 'report.received'; readonly id: number}
  /** The end of this fetch is on its way. */
  | {readonly type: 'fetch.ended'; readonly id: number}
  /** What came is no message of this protocol, or more than may wait. */
  | {readonly type: 'peer.violated'; readonly code: RefusalCode; readonly detail: string}
  /** The client closed its side. */
  | {readonly type: 'peer.ended'}
  /** The socket is gone, or what was sent did not leave in time. */
  | {readonly type: 'link.lost'; readonly reason: string}
  /** The server wants to end: what is under way may finish. */
  | {readonly type: 'session.drain'}
  /** The server ends now. */
  | {readonly type: 'session.cut'};

/** What the actor has to do, in this order. Those without an id are about the message that was just received. */
export type SessionCommand =
  | {readonly type: 'welcome.send'; readonly id: number}
  | {readonly type: 'request.answer'}
  | {readonly type: 'fetch.start'}
  | {readonly type: 'fetch.refuse'; readonly id: number; readonly code: RefusalCode; readonly detail: string}
  | {readonly type: 'fetch.cancel'; readonly id: number}
  | {readonly type: 'report.note'}
  | {readonly type: 'goodbye.send'; readonly lastId: number}
  /** A refusal of the connection as a whole. */
  | {readonly type: 'session.refuse'; readonly code: RefusalCode; readonly detail: string}
  /** No more is sent; what comes is read and forgotten, so that no reset overtakes what we sent. */
  | {readonly type: 'link.halfClose'}
  | {readonly type: 'link.close'; readonly reason: string};

export interface SessionContext {
  /** The highest id seen; those that follow must be higher. */
  readonly lastId: number;
  /** Fetches accepted and not ended. */
  readonly fetches: readonly number[];
  /** Why the session ended, for the log. */
  readonly reason: string;
}

const machine = setup({
  types: {
    events: {} as SessionEvent,
    emitted: {} as SessionCommand,
    context: {} as SessionContext,
  },
  actions: {
    sendWelcome: emit((_, {id}: {readonly id: number}) => ({type: 'welcome.send' as const, id})),
    answerRequest: emit({type: 'request.answer'}),
    startFetch: emit({type: 'fetch.start'}),
    refuseFetch: emit(
      (_, refusal: {readonly id: number; readonly code: RefusalCode; readonly detail: string}) => ({
        type: 'fetch.refuse' as const,
        ...refusal,
      }),
    ),
    cancelFetch: emit((_, {id}: {readonly id: number}) => ({type: 'fetch.cancel' as const, id})),
    noteReport: emit({type: 'report.note'}),
    sendGoodbye: emit((_, {lastId}: {readonly lastId: number}) => ({type: 'goodbye.send' as const, lastId})),
    refuseAll: emit((_, {code, detail}: {readonly code: RefusalCode; readonly detail: string}) => ({
      type: 'session.refuse' as const,
      code,
      detail,
    })),
    halfClose: emit({type: 'link.halfClose'}),
    closeSocket: emit(({context}) => ({type: 'link.close' as const, reason: context.reason})),
    rememberId: assign({lastId: (_, {id}: {readonly id: number}) => id}),
    addFetch: assign({fetches: ({context}, {id}: {readonly id: number}) => [...context.fetches, id]}),
    removeFetch: assign({
      fetches: ({context}, {id}: {readonly id: number}) => context.fetches.filter((fetch) => fetch !== id),
    }),
    /** The first reason counts: what follows it follows from it. */
    rememberReason: assign({
      reason: ({context}, {reason}: {readonly reason: string}) =>
        context.reason === '' ? reason : context.reason,
    }),
  },
  guards: {
    hasCommonVersion: ({event}) => event.type === 'hello.received' && event.common,
    isOld: ({context}, {id}: {readonly id: number}) => id <= context.lastId,
    isTooMany: ({context}) => context.fetches.length >= FETCHES_OUT_MAX,
    isLast: ({context}, {id}: {readonly id: number}) => context.fetches.every((fetch) => fetch === id),
    hasFetches: ({context}) => context.fetches.length > 0,
  },
  delays: {
    helloTimeout: HELLO_TIMEOUT_MS,
    idleTimeout: SESSION_IDLE_TIMEOUT_MS,
    goodbyeTimeout: GOODBYE_TIMEOUT_MS,
  },
});

type Params = {readonly event: {readonly id: number}};
const id = ({event}: Params) => ({id: event.id});
const because = (reason: string) => ({type: 'rememberReason' as const, params: {reason}});
const refuseAll = (code: RefusalCode, detail: string) => ({
  type: 'refuseAll' as const,
  params: {code, detail},
});
const old = {type: 'isOld' as const, params: id};
const remember = {type: 'rememberId' as const, params: id};

/** An id that does not rise: the two sides do not mean the same any more. */
const refuseOldId = {
  guard: old,
  target: '#session.leaving',
  actions: [refuseAll('bad-request', 'the ids of requests must rise'), because('an id did not rise')],
} as const;
const answerRequest = [remember, 'answerRequest'] as const;
const cancelFetch = {actions: {type: 'cancelFetch' as const, params: id}} as const;
const noteReport = {actions: 'noteReport'} as const;
const acceptFetch = [remember, {type: 'addFetch' as const, params: id}, 'startFetch'] as const;
const sayGoodbye = {
  type: 'sendGoodbye' as const,
  params: ({context}: {readonly context: SessionContext}) => ({lastId: context.lastId}),
};
const notGreeted = {
  target: 'leaving',
  actions: [refuseAll('bad-request', 'a hello must come first'), because('no hello')],
} as const;
const refuseWhileDraining = {
  type: 'refuseFetch' as const,
  params: ({event}: Params) => ({id: event.id, code: 'draining' as const, detail: 'the server is ending'}),
};

export const sessionMachine = machine.createMachine({
  id: 'session',
  description: 'One client of a server: from its hello to the goodbye.',
  context: {lastId: -1, fetches: [], reason: ''},
  initial: 'greeting',
  on: {
    'peer.violated': {
      target: '.leaving',
      actions: [
        {type: 'refuseAll', params: ({event}) => event},
        {type: 'rememberReason', params: ({event}) => ({reason: event.detail})},
      ],
    },
    'peer.ended': {target: '.closed', actions: because('the client closed')},
    'link.lost': {target: '.closed', actions: {type: 'rememberReason', params: ({event}) => event}},
    'session.cut': {target: '.closed', actions: because('the server ended')},
  },
  states: {
    greeting: {
      description: 'connected; nothing is known of the client',
      on: {
        'hello.received': [
          {
            guard: 'hasCommonVersion',
            target: 'idle',
            actions: [remember, {type: 'sendWelcome', params: id}],
          },
          {
            target: 'leaving',
            actions: [refuseAll('unsupported-version', ''), because('no common version')],
          },
        ],
        'request.received': notGreeted,
        'fetch.received': notGreeted,
        'cancel.received': notGreeted,
        'report.received': notGreeted,
        'session.drain': {target: 'closed', actions: because('the server ended')},
      },
      after: {helloTimeout: {target: 'closed', actions: because('no hello in time')}},
    },
    idle: {
      on: {
        'hello.received': {
          target: 'leaving',
          actions: [refuseAll('bad-request', 'a second hello'), because('a second hello')],
        },
        'request.received': [refuseOldId, {target: 'idle', reenter: true, actions: answerRequest}],
        'fetch.received': [refuseOldId, {target: 'serving', actions: acceptFetch}],
        'cancel.received': {},
        'report.received': noteReport,
        'session.drain': {target: 'leaving', actions: [sayGoodbye, because('the server ended')]},
      },
      after: {idleTimeout: {target: 'leaving', actions: because('nothing was asked for long')}},
    },
    serving: {
      on: {
        'hello.received': {
          target: 'leaving',
          actions: [refuseAll('bad-request', 'a second hello'), because('a second hello')],
        },
        'request.received': [refuseOldId, {actions: answerRequest}],
        'fetch.received': [
          refuseOldId,
          {
            guard: 'isTooMany',
            target: 'leaving',
            actions: [
              refuseAll('too-many-requests', 'too many fetches at once'),
              because('too many fetches at once'),
            ],
          },
          {actions: acceptFetch},
        ],
        'cancel.received': cancelFetch,
        'report.received': noteReport,
        'fetch.ended': [
          {guard: {type: 'isLast', params: id}, target: 'idle', actions: {type: 'removeFetch', params: id}},
          {actions: {type: 'removeFetch', params: id}},
        ],
        'session.drain': {target: 'draining', actions: sayGoodbye},
      },
    },
    draining: {
      description: 'goodbye was said; the fetches up to its id are finished',
      on: {
        'request.received': [refuseOldId, {actions: answerRequest}],
        'fetch.received': [refuseOldId, {actions: [remember, refuseWhileDraining]}],
        'cancel.received': cancelFetch,
        'report.received': noteReport,
        'fetch.ended': [
          {
            guard: {type: 'isLast', params: id},
            target: 'leaving',
            actions: [{type: 'removeFetch', params: id}, because('the server ended')],
          },
          {actions: {type: 'removeFetch', params: id}},
        ],
      },
    },
    leaving: {
      description: 'our side is closed; the client has a while to close its own',
      entry: 'halfClose',
      on: {'peer.violated': {}},
      after: {goodbyeTimeout: 'closed'},
    },
    closed: {type: 'final', entry: 'closeSocket'},
  },
});
