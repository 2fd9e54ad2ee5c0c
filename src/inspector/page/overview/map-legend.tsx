/** What the colours of the map mean, and how many cells are of each. */

import {formatPercent} from '../../../units.js';
import type {FragmentMap, ServerMoment} from '../model/moment.js';
import {chosenServer} from '../store.js';
import type {BlockStory} from './block-story.js';
import {
  countsOf,
  FRAGMENT_STATES,
  FRAGMENT_WORDS,
  type FragmentState,
  LOOK_OF_BLOCK,
  tally,
} from './cells.js';
import {ServerSwatch, Sign, StateSwatch} from './swatch.js';

interface StateLegendProps {
  readonly map: FragmentMap;
  /** Whose blocks are shown; null: all fragments are. */
  readonly fragment: number | null;
}

export function StateLegend({map, fragment}: StateLegendProps) {
  const counts = fragment === null ? tally(map) : blockTally(map, fragment);
  const states = FRAGMENT_STATES.filter((state) => fragment === null || state !== 'partly');
  return (
    <ul class="legend" aria-label={fragment === null ? 'Fragments by state' : 'Blocks by state'}>
      {states.map((state) => (
        <li key={state} data-none={counts[state] === 0} data-testid={`state-${state}`}>
          <StateSwatch state={state} />
          {FRAGMENT_WORDS[state]} <b>{counts[state]}</b>
        </li>
      ))}
    </ul>
  );
}

function blockTally(map: FragmentMap, fragment: number): Readonly<Record<FragmentState, number>> {
  const sums = {missing: 0, asked: 0, partly: 0, checking: 0, stored: 0, kept: 0, wrong: 0};
  const counts = countsOf(map, fragment);
  for (const state of Object.keys(counts) as (keyof typeof counts)[])
    sums[LOOK_OF_BLOCK[state]] += counts[state];
  return sums;
}

/** Servers named in a legend: the map tells more of them by number. */
const SERVERS_MAX = 16;

/** Servers that brought something; choosing one dims what others brought. */
export function ServerLegend({servers}: {readonly servers: readonly ServerMoment[]}) {
  const brought = servers.filter(({blocks}) => blocks > 0).sort((a, b) => b.blocks - a.blocks);
  const sum = brought.reduce((total, {blocks}) => total + blocks, 0);
  if (brought.length === 0) return <p class="empty">No server has brought anything yet.</p>;
  return (
    <ul class="legend legend-servers" aria-label="Blocks by server">
      {brought.slice(0, SERVERS_MAX).map(({server, address, blocks}) => (
        <li key={server}>
          <button
            type="button"
            class="flat-button"
            aria-pressed={chosenServer.value === server}
            title={`${address}: show what it brought`}
            onClick={() => {
              chosenServer.value = chosenServer.value === server ? null : server;
            }}
          >
            <ServerSwatch server={server} />
            <span class="legend-address">{address}</span>{' '}
            <b>{blocks * 100 < sum ? '< 1 %' : formatPercent(blocks, sum)}</b>
          </button>
        </li>
      ))}
      {brought.length > SERVERS_MAX && <li class="legend-more">and {brought.length - SERVERS_MAX} more</li>}
    </ul>
  );
}

/** What else happened to blocks, where anything did. */
export function StoryLegend({stories}: {readonly stories: ReadonlyMap<number, BlockStory>}) {
  const all = [...stories.values()];
  const signs = [
    {sign: 'hedged', words: 'two servers asked', count: all.filter(({isHedged}) => isHedged).length},
    {
      sign: 'wasted',
      words: 'second copy in vain',
      count: all.filter(({wastedFrom}) => wastedFrom.length > 0).length,
    },
    {
      sign: 'lied',
      words: 'sent wrong before',
      count: all.filter(({wrongFrom}) => wrongFrom.length > 0).length,
    },
  ] as const;
  const there = signs.filter(({count}) => count > 0);
  if (there.length === 0) return null;
  return (
    <ul class="legend" aria-label="What happened to blocks">
      {there.map(({sign, words, count}) => (
        <li key={sign}>
          <Sign sign={sign} />
          {words} <b>{count}</b>
        </li>
      ))}
    </ul>
  );
}
