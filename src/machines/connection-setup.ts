/** What the machine of a connection is made of: its words, its memory, guards, actions, deadlines and its port. */

import {type ActorRef, assign, type Snapshot, sendTo, setup} from 'xstate';
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

export interface ConnectionInput {
  readonly connection: number;
  readonly server: number;
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

/** What a connection knows before its dial. */
export const FRESH = {instanceId: '', manifest: null, holds: null, surveyed: 0, fetches: 0, questions: 0};

export const connectionSetup = setup({
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
    hasQuestions: ({context}) => context.questions > 0,
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
});

function fragmentsOf(manifest: DatedManifest | null): number {
  return manifest === null ? 0 : fragmentCount(manifest.size, manifest.geometry);
}

function pageLength({manifest, surveyed}: ConnectionContext): number {
  return Math.min(PAGE_ITEMS_MAX, fragmentsOf(manifest) - surveyed);
}
