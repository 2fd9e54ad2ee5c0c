/** The top of the overview: how far the file is, and the figures of the download. */

import {formatBytes, formatPercent} from '../../../units.js';
import type {Moment} from '../model/moment.js';
import {type Figure, figuresOf, openBytes, type Part, partsOf, stageWords} from './progress.js';

export function Totals({moment}: {readonly moment: Moment}) {
  const {file, totals, end} = moment;
  if (file === null) return null;
  const size = file.version?.size ?? 0;
  const here = totals.resumedBytes + totals.storedBytes;
  const open = openBytes(moment);
  const how = end === null ? '' : end.how;
  return (
    <section class="card totals" aria-label="Totals">
      <header class="totals-head">
        <h2 class="totals-name" title={file.name}>
          {file.name}
        </h2>
        <p class="totals-stage" data-how={how}>
          {stageWords(moment)}
        </p>
        <p class="totals-of">
          {size === 0 ? 'size not known yet' : `${formatBytes(here)} of ${formatBytes(size)}`}
        </p>
        <p class="totals-percent">{size === 0 ? '' : formatPercent(here, size)}</p>
      </header>
      <Bar parts={partsOf(moment, open)} size={size} here={here} />
      {end?.message != null && <p class="totals-message">{end.message}</p>}
      <Figures figures={figuresOf(moment, open)} />
    </section>
  );
}

const PART_WORDS: Readonly<Record<Part['name'], string>> = {
  kept: 'from before',
  stored: 'stored',
  received: 'being checked',
  asked: 'asked for',
};

interface BarProps {
  readonly parts: readonly Part[];
  readonly size: number;
  readonly here: number;
}

function Bar({parts, size, here}: BarProps) {
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label="Progress of the file"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={size === 0 ? 0 : Math.floor((here / size) * 100)}
    >
      {parts.map(({name, bytes}) => (
        <div
          key={name}
          class={`bar-part bar-${name}`}
          style={{width: `${size === 0 ? 0 : Math.min(100, (bytes / size) * 100)}%`}}
          title={`${PART_WORDS[name]}: ${formatBytes(bytes)}`}
        />
      ))}
    </div>
  );
}

/** Names above values, in columns that stay where they are. */
export function Figures({figures}: {readonly figures: readonly Figure[]}) {
  return (
    <dl class="figures">
      {figures.map(({name, value, about}) => (
        <div key={name} class="figure" title={about}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
