/**
 * One connection to a server: what may happen when, and how long it may take. Which blocks to ask for is the
 * plan's business; this machine knows the conversation. Its link (one socket) is a port, and so is time.
 */

import {type ActorRef, assign, raise, type Snapshot, sendTo, setup} from 'xstate';
import {fragmentCount} from '../geometry.js';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  PAGE_ITEMS_MAX,
  PING_INTERVAL_MS,
  WELCOME_TIMEOUT_MS,
} from '../limits.js';
import {commandFor, complaintOf, readyReport, reportOf} from './connection-words.js';
import type {ConnectionEvent, DatedManifest} from './events.js';
import type {ConnectionCommand, LinkCommand, LinkEvent, LinkInput} from './link-events.js';
import {port} from './port.js';

export interface ConnectionInput extends LinkInput {
  readonly file: string;
  readonly parent: ActorRef<Snapshot<unknown>, ConnectionEvent>;
}

export interface ConnectionContext extends ConnectionInput {
  readonly instanceId: string;
  readonly manifest: DatedManifest | null;
  /** Bitmap of the fragments it holds; null: all. */
  readonly holds: Uint8Array | null;
  /** Fragments of which it said whether it holds them. */
  readonly surveyed: number;
  /** Fetches out. */
  readonly fetches: number;
  /** Questions for digests out. */
  readonly questions: number;
}

const FRESH = {instanceId: '', manifest: null, holds: null, surveyed: 0, fetches: 0, questions: 0};

export const connectionMachine = setup({
  types: {
    input: {} as ConnectionInput,
    context: {} as ConnectionContext,
    events: {} as LinkEvent | ConnectionCommand,
  },
  actors: {link: port<LinkCommand, LinkInput>('link')},
  delays: {
    connectTimeout: CONNECT_TIMEOUT_MS,
    welcomeTimeout: WELCOME_TIMEOUT_MS,
    answerTimeout: ANSWER_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
  },
  guards: {
    isLastFetch: ({context}) => context.fetches <= 1,
    isLastFetchBeforeAnswer: ({context}) => context.fetches <= 1 && context.questions > 0,
    isLastAnswer: ({context}) => context.questions <= 1,
    hasFetches: ({context}) => context.fetches > 0,
    hasComplaint: ({event}) => event.type === 'connection.dismissed' && event.complaint !== null,
    isBusy: ({event}) => event.type === 'link.ended' && event.end.kind === 'busy',
    isPartial: ({event}) =>
      event.type === 'link.manifested' && event.fragmentsHere < fragmentsOf(event.manifest),
    isLastPage: ({context}) => context.surveyed + pageLength(context) >= fragmentsOf(context.manifest),
  },
  actions: {
    /** A link that throws is a bug of ours: the download ends with it. */
    escalate: (_, {error}: {error: unknown}) => {
      throw error;
    },
    forgetAll: assign(FRESH),
    noteWelcome: assign(({event}) => (event.type === 'link.welcomed' ? {instanceId: event.instanceId} : {})),
    noteManifest: assign(({event}) => (event.type === 'link.manifested' ? {manifest: event.manifest} : {})),
    prepareSurvey: assign(({context}) => ({
      holds: new Uint8Array(Math.ceil(fragmentsOf(context.manifest) / 8)),
    })),
    noteSurvey: assign(({context, event}) => {
      if (event.type !== 'link.surveyed' || context.holds === null) return {};
      const holds = context.holds.slice();
      holds.set(event.bitmap, (event.first - 1) / 8);
      return {holds, surveyed: context.surveyed + pageLength(context)};
    }),
    countFetch: assign({fetches: ({context}) => context.fetches + 1}),
    countFetchEnd: assign({fetches: ({context}) => Math.max(0, context.fetches - 1)}),
    countQuestion: assign({questions: ({context}) => context.questions + 1}),
    countAnswer: assign({questions: ({context}) => Math.max(0, context.questions - 1)}),
    greet: sendTo('link', ({context}): LinkCommand => ({type: 'link.greet', file: context.file})),
    ping: sendTo('link', (): LinkCommand => ({type: 'link.ping'})),
    abandon: sendTo('link', (_, {reason}: {reason: string}): LinkCommand => ({type: 'link.abandon', reason})),
    survey: sendTo('link', ({context}): LinkCommand => {
      const first = context.surveyed + 1;
      return {type: 'link.survey', root: context.manifest?.root ?? '', first, count: pageLength(context)};
    }),
    complain: sendTo('link', ({event}): LinkCommand => complaintOf(event)),
    pass: sendTo('link', ({event}): LinkCommand => commandFor(event)),
    report: sendTo(
      ({context}) => context.parent,
      ({context, event}) => reportOf(context.connection, event as LinkEvent),
    ),
    reportReady: sendTo(
      ({context}) => context.parent,
      ({context: {connection, instanceId, manifest, holds}, event}) =>
        readyReport(connection, instanceId, manifest, holds, (event as LinkEvent).atMs),
    ),
  },
}).createMachine({
  id: 'connection',
  description: 'One socket to one server, from the dial to the end of the download.',
  context: ({input}) => ({...input, ...FRESH}),
  initial: 'online',
  states: {
    online: {
      description: 'The link lives as long as this state.',
      invoke: {
        id: 'link',
        src: 'link',
        input: ({context: {connection, server}}) => ({connection, server}),
        onError: {actions: {type: 'escalate', params: ({event}) => ({error: event.error})}},
      },
      initial: 'connecting',
      on: {
        'connection.dismissed': [
          // Leaving this state ends the link, so the last word goes out first.
          {
            guard: 'hasComplaint',
            actions: ['complain', raise({type: 'connection.dismissed', complaint: null})],
          },
          {target: 'done'},
        ],
        'link.lost': {target: 'lost', actions: 'report'},
        'link.violated': {target: 'lost', actions: 'report'},
        'link.refused': {target: 'lost', actions: 'report'},
        'connection.stalled': 'lost',
        'fragmentDigests.asked': {actions: ['countQuestion', 'pass']},
        'blockDigests.asked': {actions: ['countQuestion', 'pass']},
        'link.fragmentDigests': {actions: ['countAnswer', 'report']},
        'link.blockDigests': {actions: ['countAnswer', 'report']},
        'link.digestsRefused': {actions: ['countAnswer', 'report']},
        'link.block': {actions: 'report'},
        'link.ended': {actions: ['countFetchEnd', 'report']},
        'link.goodbye': [
          {guard: 'hasFetches', target: '.leaving', actions: 'report'},
          {actions: {type: 'abandon', params: {reason: 'the server is shutting down'}}},
        ],
        'fetch.cancelled': {actions: 'pass'},
      },
      states: {
        connecting: {
          description: 'From the dial to the manifest.',
          initial: 'dialling',
          states: {
            dialling: {
              on: {'link.opened': {target: 'greeting', actions: 'greet'}},
              after: {
                connectTimeout: {actions: {type: 'abandon', params: {reason: 'no connection within 5 s'}}},
              },
            },
            greeting: {
              on: {'link.welcomed': {target: 'inquiring', actions: 'noteWelcome'}},
              after: {
                welcomeTimeout: {actions: {type: 'abandon', params: {reason: 'no welcome within 5 s'}}},
              },
            },
            inquiring: {
              on: {
                'link.manifested': [
                  {guard: 'isPartial', target: 'surveying', actions: ['noteManifest', 'prepareSurvey']},
                  {target: '#connection.online.idle', actions: ['noteManifest', 'reportReady']},
                ],
              },
              after: {
                answerTimeout: {actions: {type: 'abandon', params: {reason: 'no manifest within 15 s'}}},
              },
            },
            surveying: {
              description: 'It holds only some fragments: which ones, page by page.',
              entry: 'survey',
              on: {
                'link.surveyed': [
                  {
                    guard: 'isLastPage',
                    target: '#connection.online.idle',
                    actions: ['noteSurvey', 'reportReady'],
                  },
                  {target: 'surveying', reenter: true, actions: 'noteSurvey'},
                ],
              },
              after: {answerTimeout: {actions: {type: 'abandon', params: {reason: 'no answer within 15 s'}}}},
            },
          },
        },
        idle: {
          description: 'Nothing is being fetched here.',
          initial: 'quiet',
          on: {'fetch.assigned': {target: 'transferring', actions: ['countFetch', 'pass']}},
          states: {
            quiet: {
              on: {
                'fragmentDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
                'blockDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
              },
              after: {pingInterval: {target: 'pinged', actions: 'ping'}},
            },
            asked: {
              description: 'Digests were asked for.',
              on: {
                'link.fragmentDigests': [
                  {guard: 'isLastAnswer', target: 'quiet', actions: ['countAnswer', 'report']},
                  {actions: ['countAnswer', 'report']},
                ],
                'link.blockDigests': [
                  {guard: 'isLastAnswer', target: 'quiet', actions: ['countAnswer', 'report']},
                  {actions: ['countAnswer', 'report']},
                ],
              },
              after: {answerTimeout: {actions: {type: 'abandon', params: {reason: 'no answer within 15 s'}}}},
            },
            pinged: {
              on: {'link.ponged': 'quiet'},
              after: {
                answerTimeout: {actions: {type: 'abandon', params: {reason: 'no sign of life for 15 s'}}},
              },
            },
          },
        },
        transferring: {
          description: 'Fetches are out. Silence is judged by the plan, over all connections.',
          on: {
            'fetch.assigned': {actions: ['countFetch', 'pass']},
            'link.ended': [
              {guard: 'isBusy', target: 'busy', actions: ['countFetchEnd', 'report']},
              {guard: 'isLastFetchBeforeAnswer', target: 'idle.asked', actions: ['countFetchEnd', 'report']},
              {guard: 'isLastFetch', target: 'idle', actions: ['countFetchEnd', 'report']},
              {actions: ['countFetchEnd', 'report']},
            ],
          },
        },
        busy: {
          description: 'The server refused and named a time; nothing is asked before it.',
          on: {'connection.rested': 'idle'},
          after: {pingInterval: {target: 'busy', reenter: true, actions: 'ping'}},
        },
        leaving: {
          description: 'The server said goodbye: it finishes what was asked.',
          on: {
            'link.ended': [
              {
                guard: 'isLastFetch',
                actions: [
                  'countFetchEnd',
                  'report',
                  {type: 'abandon', params: {reason: 'the server is shutting down'}},
                ],
              },
              {actions: ['countFetchEnd', 'report']},
            ],
          },
        },
      },
    },
    lost: {
      description: 'The socket is gone; the plan says when to dial again.',
      entry: 'forgetAll',
      on: {'connection.redialled': 'online', 'connection.dismissed': 'done'},
    },
    done: {type: 'final', description: 'Dismissed, refused or banned: nothing is asked of it any more.'},
  },
});

function fragmentsOf(manifest: DatedManifest | null): number {
  return manifest === null ? 0 : fragmentCount(manifest.size, manifest.geometry);
}

function pageLength({manifest, surveyed}: ConnectionContext): number {
  return Math.min(PAGE_ITEMS_MAX, fragmentsOf(manifest) - surveyed);
}
