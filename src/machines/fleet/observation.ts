/** What was seen of one server, before it is judged beside the others. Plain data. */

import type {BlockSample} from '../../fleet-report.js';
import type {Evidence, Refusal, RefusalCode} from '../../model.js';
import type {DatedManifest} from '../events.js';

/** How the look at its blocks ended. */
export type SampleEnd =
  | {readonly kind: 'done'}
  | {
      readonly kind: 'busy';
      readonly retryAfterMs: number;
      readonly slots: number;
      readonly slotsInUse: number;
    }
  | {readonly kind: 'corrupt'; readonly evidence: Evidence}
  | {readonly kind: 'refused'; readonly reason: RefusalCode}
  /** The connection was lost, or fell silent. */
  | {readonly kind: 'lost'; readonly reason: string};

/** What it said of the file. */
export type FileSeen =
  /** Nothing was asked but how many files it has. */
  | {readonly kind: 'unasked'; readonly files: number}
  | {readonly kind: 'refused'; readonly refusal: Refusal}
  | {
      readonly kind: 'served';
      readonly manifest: DatedManifest;
      readonly fragmentsHere: number;
      /** Bit i, least significant first: it holds fragment `i + 1`; null: all. */
      readonly holds: Uint8Array | null;
      readonly sample: BlockSample;
      readonly end: SampleEnd;
    };

export type Observation = {readonly address: string} & (
  | {readonly kind: 'unreachable'; readonly reason: string}
  /** It broke the protocol before it could say what it has. */
  | {readonly kind: 'violated'; readonly detail: string}
  | {
      readonly kind: 'reached';
      readonly instanceId: string;
      readonly latencyMs: number;
      readonly protocolVersion: number;
      readonly file: FileSeen;
    }
);
