/**
 * Squares on a canvas that can be pointed at, walked with the arrow keys and opened. For assistive technology it is a grid of
 * which only the cell at hand is there; what it is, is told in words when another one is walked to.
 */

import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import {theme} from './colours.js';
import {cellAt, cornerOf, type Grid, gridOf, movedBy} from './grid.js';
import {Part} from './part.js';
import {useWidth} from './use-width.js';

export interface CellGridProps {
  readonly id: string;
  readonly label: string;
  readonly cells: number;
  readonly largest: number;
  readonly smallest: number;
  /** How high it should be at most, in pixels; more is scrolled. */
  readonly height: number;
  readonly paint: (context: CanvasRenderingContext2D, grid: Grid) => void;
  /** What a cell is, in words. */
  readonly words: (cell: number) => string;
  /** Left out: cells cannot be opened. `byKey`: with the keyboard. */
  readonly onOpen?: (cell: number, byKey: boolean) => void;
  /** It takes the place of something that had the focus. */
  readonly takesFocus: boolean;
  /** The keyboard begins here. */
  readonly startAt?: number;
}

export function CellGrid(props: CellGridProps) {
  const [box, width] = useWidth();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(props.startAt ?? 0);
  const [hovered, setHovered] = useState<number | null>(null);
  const [isFocused, setFocused] = useState(false);
  const grid = gridOf(props.cells, {...props, width: Math.max(1, width)});
  const at = Math.min(active, props.cells - 1);
  const shown = hovered ?? (isFocused ? at : null);

  useEffect(() => {
    if (props.takesFocus) scroller.current?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = movedBy(grid, at, event.key);
    if (to !== null) {
      event.preventDefault();
      setActive(to);
      reveal(scroller.current, grid, to);
      setHovered(null);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onOpen?.(at, true);
    }
  };
  return (
    <div class="cell-grid-box" ref={box}>
      <Part
        class="cell-grid"
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={grid.rows}
        aria-colcount={grid.columns}
        aria-activedescendant={`${props.id}-cell`}
        style={{maxHeight: `${props.height + 8}px`}}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <Canvas
          grid={grid}
          paint={props.paint}
          outlined={shown}
          onPoint={setHovered}
          onOpen={(cell) => {
            setActive(cell);
            props.onOpen?.(cell, false);
          }}
          isOpenable={props.onOpen !== undefined}
        />
        <Part role="row" aria-rowindex={Math.floor(at / grid.columns) + 1} class="away">
          <Part
            role="gridcell"
            id={`${props.id}-cell`}
            aria-colindex={(at % grid.columns) + 1}
            aria-selected={true}
            tabIndex={-1}
          >
            {isFocused ? props.words(at) : `cell ${at + 1}`}
          </Part>
        </Part>
      </Part>
      {shown !== null && (
        <Tooltip
          grid={grid}
          cell={shown}
          scrolled={scroller.current?.scrollTop ?? 0}
          text={props.words(shown)}
        />
      )}
      <Told text={isFocused ? props.words(at) : ''} about={at} />
    </div>
  );
}

/** Scrolls so that a cell is in sight. */
function reveal(scroller: HTMLElement | null, grid: Grid, cell: number): void {
  if (scroller === null) return;
  const {y} = cornerOf(grid, cell);
  const below = y + grid.size + 2 * MARGIN - scroller.clientHeight;
  scroller.scrollTop = Math.min(y, Math.max(scroller.scrollTop, below));
}

interface CanvasProps {
  readonly grid: Grid;
  readonly paint: CellGridProps['paint'];
  readonly outlined: number | null;
  readonly isOpenable: boolean;
  readonly onPoint: (cell: number | null) => void;
  readonly onOpen: (cell: number) => void;
}

/** Room around the cells, for outlines. */
const MARGIN = 3;

function Canvas({grid, paint, outlined, isOpenable, onPoint, onOpen}: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Read here, so that a change of it draws anew.
  const themeNow = theme.value;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d') ?? null;
    if (canvas.current === null || context === null) return;
    const scale = Math.min(2, devicePixelRatio);
    canvas.current.width = Math.ceil((grid.width + 2 * MARGIN) * scale);
    canvas.current.height = Math.ceil((grid.height + 2 * MARGIN) * scale);
    context.setTransform(scale, 0, 0, scale, MARGIN * scale, MARGIN * scale);
    paint(context, grid);
    if (outlined !== null) outline(context, grid, outlined, getComputedStyle(canvas.current).color);
  }, [grid, paint, outlined, themeNow]);

  const cellOf = (event: MouseEvent): number | null => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return null;
    return cellAt(grid, event.clientX - box.left - MARGIN, event.clientY - box.top - MARGIN);
  };
  return (
    <div aria-hidden="true">
      <canvas
        ref={canvas}
        style={{
          width: `${grid.width + 2 * MARGIN}px`,
          height: `${grid.height + 2 * MARGIN}px`,
          cursor: isOpenable ? 'pointer' : 'default',
        }}
        onMouseMove={(event) => onPoint(cellOf(event))}
        onMouseLeave={() => onPoint(null)}
        onClick={(event) => {
          const cell = cellOf(event);
          if (cell !== null) onOpen(cell);
        }}
      />
    </div>
  );
}

function outline(context: CanvasRenderingContext2D, grid: Grid, cell: number, colour: string): void {
  const {x, y} = cornerOf(grid, cell);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(x - 2, y - 2, grid.size + 4, grid.size + 4, 4);
  context.stroke();
}

interface TooltipProps {
  readonly grid: Grid;
  readonly cell: number;
  /** How far the cells were scrolled. */
  readonly scrolled: number;
  readonly text: string;
}

function Tooltip({grid, cell, scrolled, text}: TooltipProps) {
  const {x, y} = cornerOf(grid, cell);
  const isRight = x > grid.width / 2;
  const side = isRight ? {right: `${grid.width - x - grid.size}px`} : {left: `${x}px`};
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{top: `${y - scrolled + grid.size + 2 * MARGIN + 4}px`, ...side}}
    >
      {text}
    </div>
  );
}

/** Says a text once for each thing that it is about: while a download runs the words of a cell change all the time. */
function Told({text, about}: {readonly text: string; readonly about: number}) {
  const [said, setSaid] = useState('');
  const isSilent = text === '';
  useEffect(() => setSaid(text), [about, isSilent]);
  return (
    <p class="away" aria-live="polite">
      {said}
    </p>
  );
}
