/**
 * The story of a download. Every event goes the same way: the plan learns it (apply-*.ts), the policy names steps
 * one by one (next-step.ts), and what they mean for other actors (orders.ts) is sent from here.
 */

import {enqueueActions, setup} from 'xstate';
import type {Notice} from '../report.js';
import {connectionMachine} from './connection.js';
import type {BlockReceived, DownloadEvent} from './events.js';
import {fragmentMachine} from './fragment.js';
import {applyTick} from './plan/apply-clock.js';
import {applyConnection} from './plan/apply-connection.js';
import {wantsBlock} from './plan/apply-fetch.js';
import {applyStore} from './plan/apply-store.js';
import {connectionId, fragmentId, type Order, ordersOf} from './plan/orders.js';
import type {Chapter, Plan} from './plan/plan.js';
import type {PlanWatch} from './plan/watch.js';
import {port} from './port.js';
import type {StoreCommand, TickerCommand} from './store-commands.js';

interface DownloadContext {
  readonly plan: Plan;
  readonly watch?: PlanWatch | null;
}

interface ChapterEvent {
  readonly type: `chapter.${Chapter}`;
}

type OutsideEvent = Exclude<DownloadEvent, {readonly type: 'fragment.merged' | 'fragment.returned'}>;

export const downloadMachine = setup({
  types: {
    input: {} as DownloadContext,
    context: {} as DownloadContext,
    events: {} as DownloadEvent | ChapterEvent,
    emitted: {} as {readonly type: 'download.noticed'; readonly notice: Notice},
  },
  actors: {
    connection: connectionMachine,
    fragment: fragmentMachine,
    store: port<StoreCommand>('store'),
    ticker: port<TickerCommand>('ticker'),
  },
  actions: {
    /** Learn, decide, tell. */
    advance: enqueueActions(({context: {plan, watch}, event, enqueue, self}) => {
      const outside = event as OutsideEvent;
      if (outside.type === 'block.received') {
        enqueue.sendTo('store', storeCommandFor(plan, outside));
      }
      applyEvent(plan, outside);
      if (outside.type === 'blockDigests.received') {
        const {fragment, connection, digests} = outside;
        enqueue.sendTo('store', {type: 'fragment.prove', fragment, connection, digests});
      }
      const {orders, chapter} = ordersOf(plan, outside.atMs, watch);
      for (const order of orders) carryOut(order);
      if (chapter !== null) enqueue.raise({type: `chapter.${chapter}`});

      function carryOut(order: Order): void {
        switch (order.kind) {
          case 'send':
            return enqueue.sendTo(order.to, order.event);
          case 'stop':
            return enqueue.stopChild(order.actor);
          case 'notice':
            return enqueue.emit({type: 'download.noticed', notice: order.notice});
          case 'spawn-connection': {
            const {connection, server} = order;
            const input = {connection, server, file: plan.options.file, parent: self};
            return enqueue.spawnChild('connection', {id: connectionId(connection), input});
          }
          case 'spawn-fragment': {
            const {fragment} = order;
            return enqueue.spawnChild('fragment', {
              id: fragmentId(fragment),
              input: {fragment, parent: self},
            });
          }
        }
      }
    }),
    endFragment: enqueueActions(({context: {plan}, event, enqueue}) => {
      if (event.type !== 'fragment.merged' && event.type !== 'fragment.returned') return;
      const {fragment} = event;
      const counts = plan.blocks.countsOf(fragment);
      if (counts.leased + counts.received > 0) return; // given out again meanwhile
      plan.watched.delete(fragment);
      enqueue.stopChild(fragmentId(fragment));
      if (event.type === 'fragment.returned') return;
      plan.digests.delete(fragment);
      enqueue.sendTo('store', {type: 'fragment.forget', fragment});
    }),
  },
}).createMachine({
  id: 'download',
  description: 'One file from many servers: agree on a version, fetch what is missing, put the end to it.',
  context: ({input}) => input,
  initial: 'planning',
  invoke: [
    {id: 'store', src: 'store'},
    {id: 'ticker', src: 'ticker'},
  ],
  on: {
    'chapter.failed': '.failed',
    'fragment.merged': {actions: 'endFragment'},
    'fragment.returned': {actions: 'endFragment'},
    'connection.*': {actions: 'advance'},
    'block.*': {actions: 'advance'},
    'fetch.*': {actions: 'advance'},
    'fragmentDigests.*': {actions: 'advance'},
    'blockDigests.*': {actions: 'advance'},
    'digests.*': {actions: 'advance'},
    'store.*': {actions: 'advance'},
    'root.*': {actions: 'advance'},
    'fragment.*': {actions: 'advance'},
    'clock.*': {actions: 'advance'},
    'download.aborted': {actions: 'advance'},
  },
  states: {
    planning: {
      description: 'Which version, and what of it is here already?',
      initial: 'preparing',
      on: {'chapter.fetching': 'downloading', 'chapter.waiting': 'waiting', 'chapter.finishing': 'finishing'},
      states: {
        preparing: {
          description: 'The store looks at what earlier runs left.',
          on: {'chapter.asking': 'asking', 'chapter.opening': 'opening', 'chapter.proving': 'proving'},
        },
        asking: {
          description: 'Every server is asked for its version.',
          on: {'chapter.proving': 'proving', 'chapter.opening': 'opening'},
        },
        proving: {
          description: 'What a server says of the version, and its fragment digests, must make up the root.',
          on: {'chapter.opening': 'opening'},
        },
        opening: {
          description: 'The version is proved; its part is opened.',
          on: {'chapter.proving': 'proving'},
        },
      },
    },
    downloading: {
      description: 'Fragments are leased to idle servers, round robin.',
      on: {'chapter.waiting': 'waiting', 'chapter.finishing': 'finishing'},
    },
    waiting: {
      description: 'Every server is busy; the earliest is asked again at the time it named.',
      on: {'chapter.fetching': 'downloading', 'chapter.finishing': 'finishing'},
    },
    finishing: {
      description: 'Every block is stored: sync, compare, rename, clean up.',
      on: {'chapter.done': 'done'},
    },
    done: {type: 'final'},
    failed: {type: 'final'},
  },
});

/** A block that is wanted goes to the workers; of a second copy only the slab goes back. */
function storeCommandFor(plan: Plan, event: BlockReceived): StoreCommand {
  const {connection, fragment, block, slab, length} = event;
  if (!wantsBlock(plan, event)) return {type: 'slab.drop', slab};
  return {type: 'block.put', connection, fragment, block, slab, length};
}

function applyEvent(plan: Plan, event: OutsideEvent): void {
  switch (event.type) {
    case 'download.aborted':
      return plan.fail(event.error);
    case 'clock.ticked':
      return applyTick(plan, event);
    case 'clock.rang':
      plan.ringsAtMs = null;
      return;
    case 'connection.ready':
    case 'connection.refused':
    case 'connection.lost':
    case 'connection.leaving':
    case 'connection.violated':
    case 'block.received':
    case 'fetch.ended':
    case 'fragmentDigests.received':
    case 'blockDigests.received':
    case 'digests.refused':
      return applyConnection(plan, event);
    default:
      return applyStore(plan, event);
  }
}
