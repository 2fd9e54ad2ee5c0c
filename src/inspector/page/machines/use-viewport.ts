/** Moving and zooming a drawing with pointer, wheel and keys. Until somebody does, it keeps in sight what is lit. */

import type {RefObject} from 'preact';
import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {Place, Rectangle} from '../../charts/laid-chart.js';
import {fitted, focused, moved, type Size, type Viewport, zoomed} from './viewport.js';

export type Mode =
  /** What is lit stays in sight. */
  | 'follow'
  /** All of it. */
  | 'fit'
  /** As somebody has moved it. */
  | 'free';

export interface View {
  readonly box: RefObject<HTMLDivElement | null>;
  /** Null: the window has no size yet. */
  readonly viewport: Viewport | null;
  readonly mode: Mode;
  readonly isMoving: boolean;
  follow(): void;
  fit(): void;
  /** Zooms around the middle. */
  zoom(factor: number): void;
  onKeyDown(event: KeyboardEvent): void;
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(event: PointerEvent): void;
}

const KEY_STEP = 60;
const ZOOM_STEP = 1.25;
/** Of a wheel's movement, so that one notch is about a tenth. */
const WHEEL_ZOOM = 0.0012;

export function useViewport(drawing: Size, lit: Rectangle | null): View {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [mode, setMode] = useState<Mode>('follow');
  const [own, setOwn] = useState<Viewport | null>(null);
  const pointers = useRef(new Map<number, Place>());
  const [isMoving, setMoving] = useState(false);
  const viewport = shown(mode, own, drawing, size, lit);
  const change = (next: (from: Viewport) => Viewport): void => {
    if (viewport === null) return;
    setOwn(next(viewport));
    setMode('free');
  };
  const latest = useRef(change);
  latest.current = change;
  useEffect(
    () => onWheel(box.current, (factor, at) => latest.current((from) => zoomed(from, factor, at))),
    [],
  );
  const middle = (): Place => ({x: (size?.width ?? 0) / 2, y: (size?.height ?? 0) / 2});
  const zoom = (factor: number): void => change((from) => zoomed(from, factor, middle()));
  return {
    box,
    viewport,
    mode,
    isMoving,
    follow: () => setMode('follow'),
    fit: () => setMode('fit'),
    zoom,
    onKeyDown(event) {
      const by = KEY_MOVES[event.key];
      if (by !== undefined) change((from) => moved(from, by));
      else if (event.key === '+' || event.key === '=') zoom(ZOOM_STEP);
      else if (event.key === '-') zoom(1 / ZOOM_STEP);
      else if (event.key === '0') setMode('fit');
      else return;
      event.preventDefault();
    },
    onPointerDown({currentTarget, pointerId, clientX: x, clientY: y, button}) {
      if (button !== 0) return;
      (currentTarget as HTMLElement).setPointerCapture(pointerId);
      pointers.current.set(pointerId, {x, y});
      setMoving(true);
    },
    onPointerMove({pointerId, clientX: x, clientY: y}) {
      const before = pointers.current.get(pointerId);
      if (before === undefined) return;
      const other = [...pointers.current].find(([id]) => id !== pointerId)?.[1];
      pointers.current.set(pointerId, {x, y});
      const by = {x: x - before.x, y: y - before.y};
      if (other === undefined) change((from) => moved(from, by));
      else change((from) => zoomed(from, pinch(before, {x, y}, other), inside(box.current, other)));
    },
    onPointerUp({pointerId}) {
      pointers.current.delete(pointerId);
      setMoving(pointers.current.size > 0);
    },
  };
}

const KEY_MOVES: Readonly<Record<string, Place>> = {
  ArrowLeft: {x: KEY_STEP, y: 0},
  ArrowRight: {x: -KEY_STEP, y: 0},
  ArrowUp: {x: 0, y: KEY_STEP},
  ArrowDown: {x: 0, y: -KEY_STEP},
};

function shown(
  mode: Mode,
  own: Viewport | null,
  drawing: Size,
  size: Size | null,
  lit: Rectangle | null,
): Viewport | null {
  if (size === null) return null;
  if (mode === 'free' && own !== null) return own;
  return mode === 'fit' ? fitted(drawing, size) : focused(drawing, size, lit);
}

function useSize(box: RefObject<HTMLDivElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const {current} = box;
    if (current === null) return;
    const measure = (): void => setSize({width: current.clientWidth, height: current.clientHeight});
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

/** Not by an attribute of the element: the page would scroll as well. */
function onWheel(element: HTMLElement | null, zoom: (factor: number, at: Place) => void): () => void {
  const listener = (event: WheelEvent): void => {
    event.preventDefault();
    const {left, top} = (element ?? document.body).getBoundingClientRect();
    // Lines instead of pixels: some mice.
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    zoom(Math.exp(-pixels * WHEEL_ZOOM), {x: event.clientX - left, y: event.clientY - top});
  };
  element?.addEventListener('wheel', listener, {passive: false});
  return () => element?.removeEventListener('wheel', listener);
}

function inside(element: HTMLElement | null, {x, y}: Place): Place {
  const {left, top} = (element ?? document.body).getBoundingClientRect();
  return {x: x - left, y: y - top};
}

function pinch(before: Place, after: Place, other: Place): number {
  const distance = (at: Place): number => Math.max(1, Math.hypot(at.x - other.x, at.y - other.y));
  return distance(after) / distance(before);
}
