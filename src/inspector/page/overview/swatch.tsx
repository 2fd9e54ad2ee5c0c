/** A square with colour and pattern: of a server with its number, of a state in a legend. */

import type {FragmentState} from './cells.js';
import {type BlockSign, PATTERN_PATHS, SIGN_PATHS, STATE_PATHS} from './patterns.js';
import {swatchOf} from './swatches.js';

export function ServerSwatch({server}: {readonly server: number}) {
  const {colour, pattern, label} = swatchOf(server);
  return (
    <span class="server-swatch">
      <Square fill={`var(--server-${colour})`} path={PATTERN_PATHS[pattern]} />
      <span class="server-number">{label}</span>
    </span>
  );
}

export function StateSwatch({state}: {readonly state: FragmentState}) {
  const isPartly = state === 'partly';
  return (
    <Square
      fill={`var(--${isPartly ? 'missing' : STATE_COLOURS[state]})`}
      path={STATE_PATHS[state]}
      isHalf={isPartly}
    />
  );
}

/** Variables of the styles. */
export const STATE_COLOURS: Readonly<Record<FragmentState, string>> = {
  missing: 'missing',
  asked: 'asked',
  partly: 'stored',
  checking: 'received',
  stored: 'stored',
  kept: 'kept',
  wrong: 'wrong',
};

interface SquareProps {
  readonly fill: string;
  readonly path: string;
  readonly isHalf?: boolean;
}

function Square({fill, path, isHalf = false}: SquareProps) {
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <rect width="12" height="12" fill={fill} />
      {isHalf && <rect y="5" width="12" height="7" fill="var(--stored)" />}
      <path d={path} class="swatch-pattern" />
    </svg>
  );
}

/** What happened to a block, as a sign in a corner of its cell. */
export function Sign({sign}: {readonly sign: BlockSign}) {
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <rect width="12" height="12" fill="var(--field)" />
      <path d={SIGN_PATHS[sign]} fill="var(--text)" />
    </svg>
  );
}
