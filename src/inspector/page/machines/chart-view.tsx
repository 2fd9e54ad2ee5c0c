/** The machine of an actor, drawn, with what it does lit; to be moved and zoomed. */

import type {Chart} from '../../charts/chart.js';
import type {LaidChart} from '../../charts/laid-chart.js';
import type {ActorMoment} from '../model/moment.js';
import {ChartDrawing} from './chart-drawing.js';
import {litOf} from './lit.js';
import {type Mode, useViewport} from './use-viewport.js';
import {around, READABLE_SCALE} from './viewport.js';

export interface ChartViewProps {
  readonly actor: ActorMoment;
  readonly chart: Chart;
  readonly laid: LaidChart;
}

/** Below it only titles are drawn, and larger. */
const FAR_SCALE = READABLE_SCALE;
/** In pixels of the screen, and of the drawing. */
const FAR_TITLE_SHOWN = 11;
const FAR_TITLE_MAX = 40;

export function ChartView({actor, chart, laid}: ChartViewProps) {
  const lit = litOf(chart, actor);
  const boxes = laid.boxes.filter(({path, kind}) => kind !== 'start' && lit.inner.has(path));
  const view = useViewport(laid, around(boxes));
  const {viewport} = view;
  const isFar = viewport !== null && viewport.scale < FAR_SCALE;
  const states = actor.states.length === 0 ? 'no state yet' : actor.states.join(' and ');
  const classes = ['chart', isFar ? 'far' : 'near', view.mode, view.isMoving ? 'moving' : 'still'];
  return (
    <div class="chart-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: a group to be moved with keys is no set of fields */}
      <div
        class={classes.join(' ')}
        ref={view.box}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys move the drawing
        tabIndex={0}
        aria-label={`Chart of the machine ${laid.id}: arrow keys move it, plus and minus zoom, 0 shows all`}
        onKeyDown={view.onKeyDown}
        onPointerDown={view.onPointerDown}
        onPointerMove={view.onPointerMove}
        onPointerUp={view.onPointerUp}
        onPointerCancel={view.onPointerUp}
      >
        <svg role="img" aria-label={`${actor.name} runs the machine ${laid.id} and is in ${states}`}>
          {viewport !== null && (
            <g
              class="sheet"
              style={{
                transform: `translate(${viewport.x}px, ${viewport.y}px) scale(${viewport.scale})`,
                '--far-title': `${farTitle(viewport.scale)}px`,
              }}
            >
              <ChartDrawing laid={laid} lit={lit} step={actor.last?.row ?? -1} />
            </g>
          )}
        </svg>
      </div>
      <Buttons mode={view.mode} onFollow={view.follow} onFit={view.fit} onZoom={view.zoom} />
    </div>
  );
}

/** Size of titles in a drawing so small that they would be too small in it, as far as the boxes have room. */
function farTitle(scale: number): number {
  return Math.min(FAR_TITLE_MAX, FAR_TITLE_SHOWN / scale);
}

interface ButtonsProps {
  readonly mode: Mode;
  readonly onFollow: () => void;
  readonly onFit: () => void;
  readonly onZoom: (factor: number) => void;
}

const ZOOM = 1.25;

function Buttons({mode, onFollow, onFit, onZoom}: ButtonsProps) {
  return (
    <div class="chart-buttons" role="toolbar" aria-label="Chart">
      <button type="button" class="quiet" aria-pressed={mode === 'follow'} onClick={onFollow}>
        Follow
      </button>
      <button type="button" class="quiet" aria-pressed={mode === 'fit'} onClick={onFit}>
        Whole
      </button>
      <button type="button" class="quiet" aria-label="Zoom out" onClick={() => onZoom(1 / ZOOM)}>
        −
      </button>
      <button type="button" class="quiet" aria-label="Zoom in" onClick={() => onZoom(ZOOM)}>
        +
      </button>
    </div>
  );
}
