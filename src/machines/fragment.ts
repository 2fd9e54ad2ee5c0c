/** The life of one fragment. It has an actor only while a connection or the workers have blocks of it. */

import {type ActorRef, assign, type Snapshot, sendTo, setup} from 'xstate';
import {type Counts, phaseOf} from './plan/blocks.js';

export interface FragmentInput {
  readonly fragment: number;
  readonly parent: ActorRef<Snapshot<unknown>, FragmentReport>;
}

/** To the download. */
export type FragmentReport =
  | {readonly type: 'fragment.merged'; readonly fragment: number}
  /** Nobody has anything of it any more, and it is not whole. */
  | {readonly type: 'fragment.returned'; readonly fragment: number};

/** Blocks were leased, received, stored, refused or given back, so that the fragment stands elsewhere. */
export interface FragmentEvent {
  readonly type: 'blocks.moved';
  readonly counts: Readonly<Counts>;
}

export interface FragmentContext extends FragmentInput {
  readonly counts: Readonly<Counts>;
}

const NOTHING: Counts = {missing: 0, leased: 0, received: 0, stored: 0};

export const fragmentMachine = setup({
  types: {
    input: {} as FragmentInput,
    context: {} as FragmentContext,
    events: {} as FragmentEvent,
  },
  guards: {
    isLeased: ({event}) => phaseOf(event.counts) === 'transferring',
    isAtWorkers: ({event}) => phaseOf(event.counts) === 'verifying',
    isWhole: ({event}) => phaseOf(event.counts) === 'merged',
  },
  actions: {
    noteCounts: assign({counts: ({event}) => ({...event.counts})}),
    reportMerged: sendTo(
      ({context}) => context.parent,
      ({context}) => ({type: 'fragment.merged' as const, fragment: context.fragment}),
    ),
    reportReturned: sendTo(
      ({context}) => context.parent,
      ({context}) => ({type: 'fragment.returned' as const, fragment: context.fragment}),
    ),
  },
}).createMachine({
  id: 'fragment',
  description:
    'One fragment: pieces of it are leased to connections, verified by workers, and merged into the part.',
  context: ({input}) => ({...input, counts: NOTHING}),
  initial: 'pending',
  on: {
    'blocks.moved': [
      {guard: 'isLeased', target: '.transferring', actions: 'noteCounts'},
      {guard: 'isAtWorkers', target: '.verifying', actions: 'noteCounts'},
      {guard: 'isWhole', target: '.merged', actions: 'noteCounts'},
      {target: '.pending', actions: ['noteCounts', 'reportReturned']},
    ],
  },
  states: {
    pending: {description: 'Blocks are missing and nobody has them.'},
    transferring: {description: 'At least one connection has a lease on it.'},
    verifying: {description: 'Everything leased has come; the workers hash and write it.'},
    merged: {type: 'final', entry: 'reportMerged', description: 'Every block is verified and at its place.'},
  },
});
