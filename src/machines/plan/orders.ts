/** What the download tells its actors after an event: the policy's steps as plain messages. Pure but for the plan. */

import {WAITING_NOTICE_MS} from '../../limits.js';
import type {Notice} from '../../report.js';
import type {FragmentEvent} from '../fragment.js';
import type {ConnectionCommand} from '../link-events.js';
import type {StoreCommand, TickerCommand} from '../store-commands.js';
import {phaseOf} from './blocks.js';
import {nextStep} from './next-step.js';
import type {Chapter, Plan} from './plan.js';
import type {Step} from './step.js';
import {takeStep} from './take-step.js';
import type {PlanWatch} from './watch.js';

export type Order =
  | {readonly kind: 'send'; readonly to: string; readonly event: Command}
  | {readonly kind: 'spawn-connection'; readonly connection: number; readonly server: number}
  | {readonly kind: 'spawn-fragment'; readonly fragment: number}
  | {readonly kind: 'stop'; readonly actor: string}
  | {readonly kind: 'notice'; readonly notice: Notice};

type Command = ConnectionCommand | StoreCommand | TickerCommand | FragmentEvent;

export const connectionId = (connection: number) => `connection-${connection}`;
export const fragmentId = (fragment: number) => `fragment-${fragment}`;

/** More steps than this after one event would be a policy that never waits. */
const STEPS_MAX = 1_000_000;

/** Takes steps until there is nothing to do but wait. */
export function ordersOf(
  plan: Plan,
  nowMs: number,
  watch: PlanWatch | null = null,
): {readonly orders: Order[]; readonly chapter: Chapter | null} {
  const orders: Order[] = [];
  let step = nextStep(plan, nowMs);
  for (let taken = 0; step.kind !== 'wait'; taken++) {
    if (taken > STEPS_MAX) throw new Error(`the policy does not come to rest: ${step.kind}`);
    orders.push(...ordersFor(plan, step, nowMs, watch));
    step = nextStep(plan, nowMs);
  }
  orders.push(...wakeOrders(plan, step.untilMs), ...fragmentOrders(plan));
  noticeWaiting(plan, step, nowMs);
  for (const notice of plan.notices.splice(0)) orders.push({kind: 'notice', notice});
  return {orders, chapter: newChapter(plan, step)};
}

/** While every server is busy people are told so, at once and then from time to time. */
function noticeWaiting(plan: Plan, step: Step & {readonly kind: 'wait'}, nowMs: number): void {
  if (step.for !== 'busy-servers' || nowMs - (plan.toldWaitingAtMs ?? -WAITING_NOTICE_MS) < WAITING_NOTICE_MS)
    return;
  plan.toldWaitingAtMs = nowMs;
  plan.notices.push({kind: 'all-busy', waitMs: Math.max(0, (step.untilMs ?? nowMs) - nowMs)});
}

/** The chapter that begins now, or null while the same one goes on. */
function newChapter(plan: Plan, step: Step): Chapter | null {
  const chapter = chapterOf(plan, step);
  if (chapter === plan.chapter) return null;
  plan.chapter = chapter;
  return chapter;
}

function chapterOf(plan: Plan, step: Step): Chapter | null {
  const {kind} = plan.stage;
  if (kind === 'preparing') return null;
  return step.kind === 'wait' && step.for === 'busy-servers' ? 'waiting' : kind;
}

function ordersFor(plan: Plan, step: Step, nowMs: number, watch: PlanWatch | null): Order[] {
  const created = takeStep(plan, step, nowMs);
  watch?.stepTaken(step, created);
  const {connection, fetch} = created;
  switch (step.kind) {
    case 'dismiss': {
      const actor = connectionId(step.connection);
      const event = {type: 'connection.dismissed' as const, complaint: step.complaint};
      return [
        {kind: 'send', to: actor, event},
        {kind: 'stop', actor},
      ];
    }
    case 'drop-stalled':
      return toConnection(step.connection, {type: 'connection.stalled'});
    case 'cancel':
      return toConnection(step.connection, {type: 'fetch.cancelled', ticket: step.ticket});
    case 'dial':
      if (step.again !== null) return toConnection(step.again.id, {type: 'connection.redialled'});
      return connection === undefined
        ? []
        : [{kind: 'spawn-connection', connection: connection.id, server: step.server.index}];
    case 'open':
      return toStore({type: 'store.open', manifest: step.manifest});
    case 'ask-fragment-digests':
      return toConnection(step.row.id, {
        type: 'fragmentDigests.asked',
        root: plan.root ?? '',
        first: step.first,
        count: step.count,
      });
    case 'prove-root':
      if (plan.manifest === null) throw new Error('no version to prove');
      return toStore({type: 'root.prove', manifest: plan.manifest, digests: plan.fragmentDigests});
    case 'rest-over':
      return step.server.connections.flatMap((row) => toConnection(row.id, {type: 'connection.rested'}));
    case 'recall-digests':
      return toStore({type: 'fragment.recall', fragment: step.fragment});
    case 'ask-digests': {
      const {fragment} = step;
      const blocks = plan.blocks.blocksOf(fragment);
      return toConnection(step.row.id, {type: 'blockDigests.asked', root: plan.root ?? '', fragment, blocks});
    }
    case 'fetch':
    case 'hedge':
      if (fetch === undefined) throw new Error('a fetch without a ticket');
      return toConnection(step.row.id, {type: 'fetch.assigned', ticket: fetch.ticket, run: step.run});
    case 'finish':
      return toStore({type: 'store.finish', sha256: plan.options.pin.sha256});
    case 'pin':
    case 'stand-down':
    case 'lease':
    case 'steal':
    case 'return-lease':
    case 'fail':
    case 'wait':
      return [];
  }
}

function toConnection(connection: number, event: ConnectionCommand): Order[] {
  return [{kind: 'send', to: connectionId(connection), event}];
}

function toStore(event: StoreCommand): Order[] {
  return [{kind: 'send', to: 'store', event}];
}

/** The clock is asked anew only when the time changed. */
function wakeOrders(plan: Plan, atMs: number | null): Order[] {
  if (plan.ringsAtMs === atMs) return [];
  plan.ringsAtMs = atMs;
  return [{kind: 'send', to: 'ticker', event: {type: 'clock.ringAt', atMs}}];
}

/** A fragment has an actor while somebody has blocks of it; it is told when it stands elsewhere, not of each block. */
function fragmentOrders(plan: Plan): Order[] {
  const orders: Order[] = [];
  for (const fragment of plan.touched) {
    const counts = plan.blocks.countsOf(fragment);
    const phase = phaseOf(counts);
    const told = plan.watched.get(fragment);
    if (phase === told) continue;
    if (told === undefined) {
      if (phase === 'pending' || phase === 'merged') continue;
      orders.push({kind: 'spawn-fragment', fragment});
    }
    plan.watched.set(fragment, phase);
    orders.push({kind: 'send', to: fragmentId(fragment), event: {type: 'blocks.moved', counts: {...counts}}});
  }
  plan.touched.clear();
  return orders;
}
