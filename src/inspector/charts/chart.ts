/** A machine as data that can be drawn: what `/api/charts`, `fdl machines` and the page speak of. Plain JSON, no code. */

export interface Chart {
  /** Id of the machine, as rows `machine` and `start` name it. */
  readonly id: string;
  /** 16 hex digits over its definition, as rows `machine` have them. */
  readonly hash: string;
  readonly description: string | null;
  readonly root: ChartState;
}

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface ChartState {
  /** From the root, with dots, as rows `move` have it: `online.idle.quiet`; the root is ''. */
  readonly path: string;
  readonly key: string;
  readonly kind: StateKind;
  readonly description: string | null;
  /** Key of the child that is entered first; null: there is none, or all of them are. */
  readonly initial: string | null;
  /** Names of the actions when it is entered, and when it is left. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Actors that live as long as it is active. */
  readonly invokes: readonly ChartInvoke[];
  /** Those that begin here, in the order in which they are tried. */
  readonly transitions: readonly ChartTransition[];
  readonly states: readonly ChartState[];
}

export interface ChartInvoke {
  readonly id: string;
  /** What it is: the name of an actor of the machine. */
  readonly source: string;
}

/** `done` and `error`: an invoked actor, or the states inside, have ended. */
export type TransitionKind = 'event' | 'after' | 'always' | 'done' | 'error';

export interface ChartTransition {
  /** Unique within its chart, and the same as long as the definition is. */
  readonly id: string;
  readonly kind: TransitionKind;
  /** To be read: type of the event, the delay (`connectTimeout, 5 s`), or who has ended; empty for `always`. */
  readonly on: string;
  /** Type of the event as `on` of rows `move` has it; wildcards as they were written; empty for `always`. */
  readonly event: string;
  /** In words, nested ones as `a and not b`; null: there is none. */
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** Paths of states; empty: it stays where it is, and with no actions either, the event is ignored on purpose. */
  readonly targets: readonly string[];
  /** It leaves its own state and enters it anew. */
  readonly reenter: boolean;
  readonly description: string | null;
}
