/** What the page and its worker tell each other. */

import type {Moment} from '../model/moment.js';
import type {Answer, Ask, Feed, Mark, Position, QueryName} from '../model/queries.js';

/** The moment that the page shows, and how much of it. */
export interface Watch {
  readonly at: Position;
  readonly item: number | null;
  /** The map of all blocks too. */
  readonly map: boolean;
}

export type ToWorker =
  | {readonly type: 'watch'; readonly watch: Watch}
  /** Of several asks under one `key` only the newest is answered. */
  | {readonly type: 'ask'; readonly key: string; readonly id: number; readonly ask: NamedAsk}
  | {readonly type: 'forget'; readonly key: string}
  /** Nobody looks: nothing needs to be told. */
  | {readonly type: 'visible'; readonly isVisible: boolean};

export type NamedAsk = {
  readonly [Name in QueryName]: {readonly name: Name; readonly query: Ask<Name>};
}[QueryName];

export type ToPage =
  | {
      readonly type: 'news';
      readonly feed: Feed;
      /** Null: not a row is known at the moment asked for. */
      readonly moment: Moment | null;
      readonly marks: readonly Mark[];
    }
  /** `isWhole`: nothing better follows. */
  | {
      readonly type: 'answer';
      readonly key: string;
      readonly id: number;
      readonly answer: Answer<QueryName>;
      readonly isWhole: boolean;
    };

/** What the worker that fetches tells the one that parses. */
export type FromReader =
  | {readonly type: 'piece'; readonly bytes: Uint8Array}
  | {readonly type: 'end'}
  | {readonly type: 'failed'; readonly reason: string};
