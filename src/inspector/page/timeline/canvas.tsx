/** A canvas as wide as its place, sharp on every screen, drawn anew when what it shows or the theme changes. */

import {useLayoutEffect, useRef} from 'preact/hooks';
import {colourReader, theme} from '../overview/colours.js';

interface CanvasProps {
  readonly width: number;
  readonly height: number;
  readonly paint: (context: CanvasRenderingContext2D, colour: (name: string) => string) => void;
}

export function Canvas({width, height, paint}: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Read here, so that a change of it draws anew.
  const themeNow = theme.value;
  useLayoutEffect(() => {
    const {current} = canvas;
    const context = current?.getContext('2d') ?? null;
    if (current === null || context === null) return;
    const scale = Math.min(2, devicePixelRatio);
    current.width = Math.max(1, Math.round(width * scale));
    current.height = Math.max(1, Math.round(height * scale));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paint(context, colourReader());
  }, [width, height, paint, themeNow]);
  return (
    <div aria-hidden="true">
      <canvas ref={canvas} style={{width: `${width}px`, height: `${height}px`}} />
    </div>
  );
}
