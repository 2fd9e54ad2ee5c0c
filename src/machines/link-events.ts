/** The words between a connection and its link (one socket), and from the download to a connection. */

import type {HexDigest, Refusal, Run} from '../model.js';
import type {BlockReceived, DatedManifest, FetchEnd, LossCause} from './events.js';
import type {Complaint} from './plan/plan.js';

/** From the link: what came through the socket, decoded and checked against what was asked; blocks apart. */
export type LinkEvent = {readonly atMs: number} & (
  | {readonly type: 'link.opened'}
  | {readonly type: 'link.welcomed'; readonly instanceId: string}
  | {readonly type: 'link.manifested'; readonly manifest: DatedManifest; readonly fragmentsHere: number}
  | {readonly type: 'link.surveyed'; readonly first: number; readonly bitmap: Uint8Array}
  /** The request for the manifest, or the connection as a whole, was refused. */
  | {readonly type: 'link.refused'; readonly refusal: Refusal}
  | {readonly type: 'link.fragmentDigests'; readonly first: number; readonly digests: Uint8Array}
  | {readonly type: 'link.blockDigests'; readonly fragment: number; readonly digests: Uint8Array}
  | {readonly type: 'link.digestsRefused'; readonly fragment: number | null; readonly refusal: Refusal}
  | {readonly type: 'link.ended'; readonly ticket: number; readonly end: FetchEnd}
  | {readonly type: 'link.ponged'}
  | {readonly type: 'link.goodbye'}
  | {readonly type: 'link.violated'; readonly detail: string}
  | {readonly type: 'link.lost'; readonly cause: LossCause; readonly reason: string}
);

/** To the link. */
export type LinkCommand =
  /** Hello and the question for the manifest, in one go: the answers come in order. */
  | {readonly type: 'link.greet'; readonly file: string}
  | {readonly type: 'link.survey'; readonly root: HexDigest; readonly first: number; readonly count: number}
  | {
      readonly type: 'link.askFragmentDigests';
      readonly root: HexDigest;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly type: 'link.askBlockDigests';
      readonly root: HexDigest;
      readonly fragment: number;
      readonly blocks: number;
    }
  | {readonly type: 'link.fetch'; readonly ticket: number; readonly run: Run}
  | {readonly type: 'link.cancel'; readonly ticket: number}
  | ({readonly type: 'link.complain'} & Complaint)
  | {readonly type: 'link.ping'}
  /** Close the socket: a deadline has passed. Answered by `link.lost`. */
  | {readonly type: 'link.abandon'; readonly reason: string};

export interface LinkInput {
  readonly connection: number;
  readonly server: number;
  readonly download: BlockReceiver;
}

/** Where blocks go: past the connection, which has nothing to decide about them, and they are most of what happens. */
export interface BlockReceiver {
  send(event: BlockReceived): void;
}

/** From the download. */
export type ConnectionCommand =
  | {readonly type: 'fetch.assigned'; readonly ticket: number; readonly run: Run}
  | {readonly type: 'fetch.cancelled'; readonly ticket: number}
  | {
      readonly type: 'fragmentDigests.asked';
      readonly root: HexDigest;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly type: 'blockDigests.asked';
      readonly root: HexDigest;
      readonly fragment: number;
      readonly blocks: number;
    }
  /** The time a busy server named is over. */
  | {readonly type: 'connection.rested'}
  /** Silent for too long; the plan counts it as lost already. */
  | {readonly type: 'connection.stalled'}
  | {readonly type: 'connection.redialled'}
  /** Nothing more is asked; `complaint` names a block it sent wrong. */
  | {readonly type: 'connection.dismissed'; readonly complaint: Complaint | null};
