/** The word of a state with its mark, in its colour. */

import type {Look} from './looks.js';

export function StateMark({look}: {readonly look: Look}) {
  return (
    <span class="state" style={{color: `var(--${look.colour})`}} title={look.about}>
      <svg class="state-mark" viewBox="0 0 12 12" aria-hidden="true">
        <path d={look.mark} fill="currentColor" fill-rule="evenodd" />
      </svg>
      {look.word}
    </span>
  );
}
