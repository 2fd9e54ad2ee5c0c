/** The file as a map: a cell a fragment, or, of one that is chosen, a cell a block. */

import {useCallback, useState} from 'preact/hooks';
import {formatCount, formatPercent} from '../../../units.js';
import type {FragmentMap, Moment, ServerMoment} from '../model/moment.js';
import {chosenFragment, chosenServer} from '../store.js';
import {CellGrid} from './cell-grid.js';
import {
  blocksOf,
  blockWords,
  countsOf,
  FRAGMENT_STATES,
  FRAGMENT_WORDS,
  fragmentWords,
  LOOK_OF_BLOCK,
  tally,
} from './cells.js';
import {colourReader} from './colours.js';
import type {Grid} from './grid.js';
import {type Brush, type Colouring, paintBlocks, paintFragments} from './paint-cells.js';
import {Part} from './part.js';
import {ServerSwatch, StateSwatch} from './swatch.js';

/** How high the cells may be together. */
const MAP_HEIGHT = 420;
const BLOCKS_HEIGHT = 360;

export function FragmentPanel({moment}: {readonly moment: Moment}) {
  const [colouring, setColouring] = useState<Colouring>('state');
  const {map, servers} = moment;
  const fragment = chosenFragment.value;
  const isZoomed = map !== null && fragment !== null && fragment <= map.fragments;
  return (
    <section class="card" aria-label="Fragment map">
      <header class="card-head">
        <h2>{isZoomed ? `Fragment ${fragment}` : 'Fragments'}</h2>
        <p class="card-note">{map === null ? '' : noteOf(map, isZoomed ? fragment : null)}</p>
        <Switch colouring={colouring} onChange={setColouring} />
      </header>
      {map === null ? (
        <p class="empty">There is no map until the servers agree on a version of the file.</p>
      ) : isZoomed ? (
        <Blocks map={map} fragment={fragment} servers={servers} colouring={colouring} />
      ) : (
        <Fragments map={map} servers={servers} colouring={colouring} />
      )}
      {map !== null && colouring === 'server' && <ServerLegend servers={servers} />}
      {map !== null && colouring === 'state' && (
        <StateLegend map={map} fragment={isZoomed ? fragment : null} />
      )}
    </section>
  );
}

function noteOf(map: FragmentMap, fragment: number | null): string {
  return fragment === null
    ? formatCount(map.fragments, 'fragment')
    : formatCount(blocksOf(map, fragment), 'block');
}

interface SwitchProps {
  readonly colouring: Colouring;
  readonly onChange: (colouring: Colouring) => void;
}

function Switch({colouring, onChange}: SwitchProps) {
  return (
    <fieldset class="switch">
      <legend class="away">Colour of the cells</legend>
      {(['state', 'server'] as const).map((it) => (
        <label key={it}>
          <input type="radio" name="colouring" checked={it === colouring} onChange={() => onChange(it)} />
          <span>by {it}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface MapProps {
  readonly map: FragmentMap;
  readonly servers: readonly ServerMoment[];
  readonly colouring: Colouring;
}

function Fragments({map, servers, colouring}: MapProps) {
  const only = chosenServer.value;
  const paint = useCallback(
    (context: CanvasRenderingContext2D, grid: Grid) =>
      paintFragments(context, grid, map, brushOf(colouring, only)),
    [map, colouring, only],
  );
  return (
    <CellGrid
      id="fragments"
      label="Fragments: arrow keys walk, Enter shows the blocks"
      cells={map.fragments}
      largest={88}
      smallest={4}
      height={MAP_HEIGHT}
      paint={paint}
      words={(cell) => fragmentWords(map, cell + 1, namer(servers))}
      onOpen={(cell) => {
        chosenFragment.value = cell + 1;
      }}
    />
  );
}

function Blocks({map, fragment, servers, colouring}: MapProps & {readonly fragment: number}) {
  const only = chosenServer.value;
  const paint = useCallback(
    (context: CanvasRenderingContext2D, grid: Grid) =>
      paintBlocks(context, grid, map, fragment, brushOf(colouring, only)),
    [map, fragment, colouring, only],
  );
  const show = (to: number | null): void => {
    chosenFragment.value = to;
  };
  return (
    <Part
      role="group"
      aria-label={`Fragment ${fragment}`}
      onKeyDown={(event) => event.key === 'Escape' && show(null)}
    >
      <nav class="zoom-nav" aria-label="Fragments">
        <button type="button" onClick={() => show(null)}>
          All fragments
        </button>
        <button type="button" disabled={fragment <= 1} onClick={() => show(fragment - 1)}>
          Previous
        </button>
        <button type="button" disabled={fragment >= map.fragments} onClick={() => show(fragment + 1)}>
          Next
        </button>
      </nav>
      <p class="zoom-words">{fragmentWords(map, fragment, namer(servers))}</p>
      <CellGrid
        key={fragment}
        id="blocks"
        label={`Blocks of fragment ${fragment}: arrow keys walk`}
        cells={blocksOf(map, fragment)}
        largest={40}
        smallest={6}
        height={BLOCKS_HEIGHT}
        paint={paint}
        words={(cell) => blockWords(map, fragment, cell, namer(servers))}
      />
    </Part>
  );
}

function brushOf(colouring: Colouring, only: number | null): Brush {
  return {colouring, only, colour: colourReader()};
}

function namer(servers: readonly ServerMoment[]): (server: number) => string {
  return (server) => `server ${server + 1} (${servers[server]?.address ?? 'not known'})`;
}

/** What the colours mean, and how many cells are of each. */
function StateLegend({map, fragment}: {readonly map: FragmentMap; readonly fragment: number | null}) {
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

function blockTally(map: FragmentMap, fragment: number): ReturnType<typeof tally> {
  const sums = {missing: 0, asked: 0, partly: 0, checking: 0, stored: 0, kept: 0, wrong: 0};
  const counts = countsOf(map, fragment);
  for (const state of Object.keys(counts) as (keyof typeof counts)[])
    sums[LOOK_OF_BLOCK[state]] += counts[state];
  return sums;
}

/** Servers that brought something; choosing one dims what others brought. */
function ServerLegend({servers}: {readonly servers: readonly ServerMoment[]}) {
  const brought = servers.filter(({blocks}) => blocks > 0).sort((a, b) => b.blocks - a.blocks);
  const sum = brought.reduce((total, {blocks}) => total + blocks, 0);
  if (brought.length === 0) return <p class="empty">No server has brought anything yet.</p>;
  return (
    <ul class="legend legend-servers" aria-label="Blocks by server">
      {brought.slice(0, LEGEND_MAX).map(({server, address, blocks}) => (
        <li key={server}>
          <button
            type="button"
            class="quiet"
            aria-pressed={chosenServer.value === server}
            title={`${address}: show what it brought`}
            onClick={() => {
              chosenServer.value = chosenServer.value === server ? null : server;
            }}
          >
            <ServerSwatch server={server} />
            <span class="legend-address">{address}</span> <b>{formatPercent(blocks, sum)}</b>
          </button>
        </li>
      ))}
      {brought.length > LEGEND_MAX && <li>and {brought.length - LEGEND_MAX} more</li>}
    </ul>
  );
}

const LEGEND_MAX = 16;
