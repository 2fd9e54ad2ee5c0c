/** The one adapter from xstate's inspection to rows: which actors live, what they are told, and where they go. */

import type {ActorRefLike, AnyActorRef, AnyStateMachine} from 'xstate';
import {machineHash} from '../../trace/machine-hash.js';
import type {RowOf} from '../../trace/rows.js';
import {contextValues} from './context-values.js';
import type {Inspected} from './look-on.js';
import type {Recorder} from './recorder.js';

/** What an actor is about, as its `start` row has it. */
export type About = Pick<RowOf<'start'>, 'connection' | 'fragment' | 'session'>;

/** States as xstate has them. */
type StateValue = string | {readonly [state: string]: StateValue | undefined};

interface Known {
  readonly number: number;
  value: StateValue | undefined;
  path: string;
  /** As it was last told; empty: not yet. */
  context: string;
}

export interface MachineRowsOptions {
  /** Types of events so frequent that rows of their own tell of them. */
  readonly isHidden: (type: string) => boolean;
  /** What a reader is told of a context that is too large to be told itself; left out: they are told as they are. */
  readonly contextOf?: (context: object) => object;
}

export class MachineRows {
  readonly #recorder: Recorder;
  readonly #options: MachineRowsOptions;
  /** By the session id that xstate gave them; living ones alone. */
  readonly #actors = new Map<string, Known>();
  readonly #machines = new Set<string>();

  constructor(recorder: Recorder, options: MachineRowsOptions) {
    this.#recorder = recorder;
    this.#options = options;
  }

  /** Takes one event of xstate's inspection; `about` is asked once for each actor, with its input. */
  inspect(event: Inspected, about: (input: unknown) => About): void {
    switch (event.type) {
      case '@xstate.event': {
        const {type} = event.event;
        if (type === 'xstate.init')
          this.#started(event.actorRef, event.sourceRef, about(event.event['input']));
        else if (!this.#options.isHidden(type)) this.#told(event.actorRef, event.sourceRef, type);
        return;
      }
      case '@xstate.microstep':
        return this.#stepped(event.actorRef, event.event.type, event.snapshot);
      case '@xstate.snapshot': {
        const {status} = event.snapshot;
        if (status !== 'active') this.#ended(event.actorRef, status);
        return;
      }
    }
  }

  #started(actor: ActorRefLike, parent: ActorRefLike | undefined, about: About): void {
    const {id, logic} = actor as AnyActorRef & {readonly logic: object};
    const machine = 'root' in logic ? (logic as AnyStateMachine) : null;
    if (machine !== null) this.#introduce(machine);
    const known: Known = {number: this.#recorder.numbers.actor(), value: undefined, path: '', context: ''};
    this.#actors.set(actor.sessionId, known);
    this.#recorder.add({
      t: this.#recorder.now(),
      k: 'start',
      actor: known.number,
      name: machine === null || parent !== undefined ? id : machine.id,
      machine: machine?.id ?? null,
      parent: this.#numberOf(parent),
      ...about,
    });
    this.#stepped(actor, 'xstate.init', actor.getSnapshot());
  }

  #introduce(machine: AnyStateMachine): void {
    if (this.#machines.has(machine.id)) return;
    this.#machines.add(machine.id);
    this.#recorder.add({
      t: this.#recorder.now(),
      k: 'machine',
      machine: machine.id,
      hash: machineHash(machine.config),
    });
  }

  #told(actor: ActorRefLike, source: ActorRefLike | undefined, on: string): void {
    const to = this.#numberOf(actor);
    if (to === null) return;
    this.#recorder.add({t: this.#recorder.now(), k: 'say', from: this.#numberOf(source), to, on});
  }

  /** Most steps leave the states as they are. */
  #stepped(actor: ActorRefLike, on: string, snapshot: unknown): void {
    const known = this.#actors.get(actor.sessionId);
    const {value} = snapshot as {readonly value?: StateValue};
    if (known === undefined || value === undefined || isSame(value, known.value)) return;
    const from = known.path;
    const to = pathOf(value);
    known.value = value;
    known.path = to;
    this.#recorder.add({t: this.#recorder.now(), k: 'move', actor: known.number, on, from, to});
    this.#remembers(known, snapshot as {readonly context?: unknown});
  }

  /** Only where it has changed; never on its own, since a context changes with every block. */
  #remembers(known: Known, {context}: {readonly context?: unknown}): void {
    if (typeof context !== 'object' || context === null) return;
    const values = contextValues(this.#options.contextOf?.(context) ?? context);
    const text = JSON.stringify(values);
    if (text === known.context || (known.context === '' && text === '{}')) return;
    known.context = text;
    this.#recorder.add({t: this.#recorder.now(), k: 'context', actor: known.number, values});
  }

  #ended(actor: ActorRefLike, how: RowOf<'stop'>['how']): void {
    const known = this.#actors.get(actor.sessionId);
    if (known === undefined) return;
    this.#actors.delete(actor.sessionId);
    this.#recorder.add({t: this.#recorder.now(), k: 'stop', actor: known.number, how});
  }

  #numberOf(actor: ActorRefLike | undefined): number | null {
    return (actor && this.#actors.get(actor.sessionId)?.number) ?? null;
  }
}

/** Compared state by state: this is asked several times a block, and a text would cost more. */
function isSame(a: StateValue | undefined, b: StateValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  for (const state in a) if (!isSame(a[state], b[state])) return false;
  for (const state in b) if (!(state in a)) return false;
  return true;
}

/** `online.idle.quiet`; parallel states with a blank between. */
function pathOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .flatMap(([state, inner]) =>
      inner === undefined || (typeof inner === 'object' && Object.keys(inner).length === 0)
        ? [state]
        : pathOf(inner)
            .split(' ')
            .map((path) => `${state}.${path}`),
    )
    .join(' ');
}
