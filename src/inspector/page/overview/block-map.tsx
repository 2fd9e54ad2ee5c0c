/** The blocks of one fragment: what they are, who brought them, and what happened on the way. */

import {useCallback, useMemo} from 'preact/hooks';
import {useAnswer} from '../connection.js';
import type {FragmentMap} from '../model/moment.js';
import {chosenFile, chosenServer} from '../store.js';
import {type BlockStory, storiesOf, storyWords} from './block-story.js';
import {CellGrid} from './cell-grid.js';
import {blocksOf, blockWords, fragmentWords} from './cells.js';
import {colourReader} from './colours.js';
import type {Grid} from './grid.js';
import {StoryLegend} from './map-legend.js';
import {type Colouring, paintBlocks} from './paint-cells.js';
import {Part} from './part.js';

/** How high the cells may be together. */
const HEIGHT = 400;
/** Rows about one fragment that are looked at: a block has one or two, a fetch is one. */
const ROWS_MAX = 500;

interface BlockMapProps {
  readonly map: FragmentMap;
  readonly fragment: number;
  readonly colouring: Colouring;
  readonly t: number;
  readonly nameOf: (server: number) => string;
  readonly takesFocus: boolean;
  /** Null: all fragments. */
  readonly onShow: (fragment: number | null, byKey: boolean) => void;
}

export function BlockMap({map, fragment, colouring, t, nameOf, takesFocus, onShow}: BlockMapProps) {
  const only = chosenServer.value;
  const stories = useStories(fragment, t);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, grid: Grid) =>
      paintBlocks(context, grid, {map, fragment, stories}, {colouring, only, colour: colourReader()}),
    [map, fragment, stories, colouring, only],
  );
  const words = (block: number): string => {
    const story = storyWords(stories.get(block), nameOf);
    return `${blockWords(map, fragment, block, nameOf)}${story === '' ? '' : `; ${story}`}`;
  };
  return (
    <Part
      role="group"
      aria-label={`Fragment ${fragment}`}
      onKeyDown={(event) => event.key === 'Escape' && onShow(null, true)}
    >
      <Steps fragment={fragment} last={map.fragments} onShow={onShow} />
      <p class="zoom-words">{fragmentWords(map, fragment, nameOf)}</p>
      <CellGrid
        key={fragment}
        id="blocks"
        label={`Blocks of fragment ${fragment}: arrow keys walk, Escape goes back`}
        cells={blocksOf(map, fragment)}
        largest={40}
        smallest={6}
        height={HEIGHT}
        paint={paint}
        words={words}
        takesFocus={takesFocus}
      />
      <StoryLegend stories={stories} />
    </Part>
  );
}

interface StepsProps {
  readonly fragment: number;
  readonly last: number;
  readonly onShow: BlockMapProps['onShow'];
}

function Steps({fragment, last, onShow}: StepsProps) {
  return (
    <nav class="zoom-nav" aria-label="Fragments">
      <button type="button" onClick={() => onShow(null, false)}>
        All fragments
      </button>
      <button type="button" disabled={fragment <= 1} onClick={() => onShow(fragment - 1, false)}>
        Previous
      </button>
      <button type="button" disabled={fragment >= last} onClick={() => onShow(fragment + 1, false)}>
        Next
      </button>
    </nav>
  );
}

function useStories(fragment: number, t: number): ReadonlyMap<number, BlockStory> {
  const item = chosenFile.value;
  const events = useAnswer(
    'events',
    {
      filter: {
        kinds: ['block', 'wrong', 'fetch'],
        text: `"fragment":${fragment},`,
        ...(item === null ? {} : {item}),
      },
      offset: 0,
      count: ROWS_MAX,
      at: {kind: 'at', t},
    },
    'stories',
  );
  return useMemo(
    () => (events === null ? new Map() : storiesOf(fragment, events.rows.slice(0, events.index + 1))),
    [events, fragment],
  );
}
