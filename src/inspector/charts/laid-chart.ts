/** A chart with every place worked out: in pixels, from the left top corner of the whole. Renderers only draw. */

import type {StateKind} from './chart.js';

export interface LaidChart {
  readonly id: string;
  readonly hash: string;
  readonly description: string | null;
  readonly width: number;
  readonly height: number;
  /** Outer ones before those inside them. */
  readonly boxes: readonly LaidBox[];
  readonly edges: readonly LaidEdge[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Place {
  readonly width: number;
  readonly height: number;
}

/** A state; or, as `start`, the dot from which an arrow leads to the state that is entered first. */
export interface LaidBox extends Rectangle {
  /** Of the state; of a `start`, that of the state around it. */
  readonly path: string;
  readonly kind: StateKind | 'start';
  readonly title: string;
  /** How many states are around it. */
  readonly depth: number;
  /** What stands between title and inner states ends here, measured from the top of the box. */
  readonly headHeight: number;
  readonly lines: readonly LaidLine[];
  readonly description: string | null;
}

/** What a piece of text is, for its colour. */
export type TextRole = 'title' | 'about' | 'word' | 'event' | 'guard' | 'action' | 'actor';

export interface TextPiece {
  readonly role: TextRole;
  readonly text: string;
}

/** One line of text; `y` is its base line. */
export interface LaidLine extends Place {
  readonly align: 'start' | 'middle';
  readonly pieces: readonly TextPiece[];
  /** Ids of the transitions that it tells of. */
  readonly transitions: readonly string[];
}

/** The arrow from one state to another: of all transitions that lead there. */
export interface LaidEdge {
  readonly id: string;
  /** Paths. */
  readonly from: string;
  readonly to: string;
  /** Empty: the arrow of a `start`. */
  readonly transitions: readonly string[];
  readonly points: readonly Place[];
  readonly label: LaidLabel | null;
}

export interface LaidLabel extends Rectangle {
  readonly lines: readonly LaidLine[];
}
