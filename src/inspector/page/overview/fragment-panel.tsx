/** The file as a map: a cell a fragment, or, of one that is chosen, a cell a block. */

import {useCallback, useRef, useState} from 'preact/hooks';
import {formatCount} from '../../../units.js';
import type {FragmentMap, Moment, ServerMoment} from '../model/moment.js';
import {chosenFragment, chosenServer} from '../store.js';
import {BlockMap} from './block-map.js';
import {CellGrid} from './cell-grid.js';
import {blocksOf, fragmentWords} from './cells.js';
import {colourReader} from './colours.js';
import type {Grid} from './grid.js';
import {ServerLegend, StateLegend} from './map-legend.js';
import {type Colouring, paintFragments} from './paint-cells.js';

/** How high the cells may be together. */
const HEIGHT = 420;

export function FragmentPanel({moment}: {readonly moment: Moment}) {
  const [colouring, setColouring] = useState<Colouring>('state');
  const {map, servers, t} = moment;
  const focus = useRef<Focus>({byKey: false, last: 1});
  const chosen = chosenFragment.value;
  const show = (to: number | null, byKey: boolean): void => {
    focus.current = {byKey, last: to ?? chosen ?? 1};
    chosenFragment.value = to;
  };
  const fragment = map !== null && chosen !== null && chosen <= map.fragments ? chosen : null;
  return (
    <section class="card beside" aria-label="Fragment map">
      <header class="card-head">
        <h2>{fragment === null ? 'Fragments' : `Fragment ${fragment}`}</h2>
        <p class="card-note">{map === null ? '' : noteOf(map, fragment)}</p>
        {map !== null && <Switch colouring={colouring} onChange={setColouring} />}
      </header>
      {map === null ? (
        <p class="empty">There is no map until the servers agree on a version of the file.</p>
      ) : (
        <>
          {fragment === null ? (
            <Fragments
              map={map}
              nameOf={namerOf(servers)}
              colouring={colouring}
              focus={focus.current}
              onShow={show}
            />
          ) : (
            <BlockMap
              map={map}
              fragment={fragment}
              nameOf={namerOf(servers)}
              colouring={colouring}
              t={t}
              takesFocus={focus.current.byKey}
              onShow={show}
            />
          )}
          {colouring === 'server' ? (
            <ServerLegend servers={servers} />
          ) : (
            <StateLegend map={map} fragment={fragment} />
          )}
        </>
      )}
    </section>
  );
}

/** Where the keyboard goes on when fragments give way to blocks, or blocks to fragments. */
interface Focus {
  readonly byKey: boolean;
  /** Fragment that was looked at last. */
  readonly last: number;
}

function noteOf(map: FragmentMap, fragment: number | null): string {
  return fragment === null
    ? formatCount(map.fragments, 'fragment')
    : formatCount(blocksOf(map, fragment), 'block');
}

function namerOf(servers: readonly ServerMoment[]): (server: number) => string {
  return (server) => `server ${server + 1} (${servers[server]?.address ?? 'not known'})`;
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

interface FragmentsProps {
  readonly map: FragmentMap;
  readonly nameOf: (server: number) => string;
  readonly colouring: Colouring;
  readonly focus: Focus;
  readonly onShow: (fragment: number, byKey: boolean) => void;
}

function Fragments({map, nameOf, colouring, focus, onShow}: FragmentsProps) {
  const only = chosenServer.value;
  const paint = useCallback(
    (context: CanvasRenderingContext2D, grid: Grid) =>
      paintFragments(context, grid, map, {colouring, only, colour: colourReader()}),
    [map, colouring, only],
  );
  return (
    <CellGrid
      id="fragments"
      label="Fragments: arrow keys walk, Enter shows the blocks"
      cells={map.fragments}
      largest={88}
      smallest={4}
      height={HEIGHT}
      paint={paint}
      words={(cell) => fragmentWords(map, cell + 1, nameOf)}
      onOpen={(cell, byKey) => onShow(cell + 1, byKey)}
      startAt={focus.last - 1}
      takesFocus={focus.byKey}
    />
  );
}
