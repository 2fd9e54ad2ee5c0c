/** Guards, actions and delays of a machine in words: their names, and what xstate's own ones do. */

import {formatElapsed} from '../../units.js';

/** What a function is called that was written where it is used: xstate takes its name from the property. */
const INLINE_NAMES: ReadonlySet<string> = new Set(['', 'guard', 'actions', 'entry', 'exit', 'anonymous']);

interface Builtin {
  readonly name: string;
  readonly type?: unknown;
  readonly guards?: readonly unknown[];
  readonly stateValue?: unknown;
  readonly event?: unknown;
  readonly to?: unknown;
  readonly actorId?: unknown;
  readonly actorRef?: unknown;
  readonly src?: unknown;
  readonly sendId?: unknown;
}

/** `hasFetches`, `a and not (b or c)`. A guard without a name is `a condition`. */
export function guardWords(guard: unknown): string {
  if (typeof guard !== 'function') return nameOf(guard, 'a condition');
  const {name, guards, stateValue} = guard as unknown as Builtin;
  if (stateValue !== undefined)
    return `in ${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)}`;
  if (guards === undefined) return INLINE_NAMES.has(name) ? 'a condition' : name;
  const words = guards.map(inner);
  if (name === 'not') return `not ${words.join(' ')}`;
  return words.join(name === 'or' ? ' or ' : ' and ');
}

function inner(guard: unknown): string {
  const words = guardWords(guard);
  const isJoined = typeof guard === 'function' && (guard.name === 'and' || guard.name === 'or');
  return isJoined ? `(${words})` : words;
}

/** `countFetch`, `raise connection.dismissed`, `send link.greet to link`. An action without a name is `an action`. */
export function actionWords(action: unknown): string {
  if (typeof action !== 'function') return nameOf(action, 'an action');
  const {name, type, event, to, actorId, actorRef, src, sendId} = action as unknown as Builtin;
  switch (type) {
    case 'xstate.raise':
      return `raise ${eventWords(event)}`;
    case 'xstate.emit':
      return `emit ${eventWords(event)}`;
    case 'xstate.sendTo':
      return `send ${eventWords(event)} to ${typeof to === 'string' ? to : 'an actor'}`;
    case 'xstate.spawnChild':
      return `spawn ${typeof src === 'string' ? src : 'an actor'}`;
    case 'xstate.stopChild':
      return `stop ${firstText(actorId, actorRef) ?? 'an actor'}`;
    case 'xstate.cancel':
      return `cancel ${firstText(sendId) ?? 'an event'}`;
    case undefined:
      return INLINE_NAMES.has(name) ? 'an action' : name;
    default:
      return String(type).replace(/^xstate\./, '');
  }
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string') as string | undefined;
}

function eventWords(event: unknown): string {
  const type = (event as {readonly type?: unknown} | null | undefined)?.type;
  return typeof type === 'string' ? type : 'an event';
}

function nameOf(reference: unknown, otherwise: string): string {
  if (typeof reference === 'string') return reference;
  const type = (reference as {readonly type?: unknown} | null | undefined)?.type;
  return typeof type === 'string' ? type : otherwise;
}

/** `connectTimeout, 5s`; `30s` for a delay without a name; the name alone where it depends on the moment. */
export function delayWords(delay: string | number, delays: Readonly<Record<string, unknown>>): string {
  if (typeof delay === 'number') return formatDelay(delay);
  const value = delays[delay];
  return typeof value === 'number' ? `${delay}, ${formatDelay(value)}` : delay;
}

/** Without what is nought: `5s`, `1.5s`, `1m`, `100 ms`. */
function formatDelay(delayMs: number): string {
  return formatElapsed(delayMs)
    .replace(/\.0s$/, 's')
    .replace(/ 00[sm]$/, '');
}
