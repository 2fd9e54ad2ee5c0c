/** What the segments of a timeline mean, drawn as they are drawn there. */

import {useCallback, useMemo} from 'preact/hooks';
import type {Lanes} from '../model/queries.js';
import {Canvas} from './canvas.js';
import {paintSegment} from './paint-lanes.js';
import {type Kind, kindsOf} from './segment-style.js';

export function Legend({lanes}: {readonly lanes: Lanes}) {
  const there = useMemo(() => new Set(lanes.lanes.flatMap(({doings}) => [...new Set(doings)])), [lanes]);
  const kinds = kindsOf(lanes.of).filter(({style}, doing) => style.shape !== 'none' && there.has(doing));
  return (
    <ul class="legend" aria-label="Kinds of segments">
      {kinds.map((kind) => (
        <li key={kind.word} title={kind.about}>
          <Sample kind={kind} />
          {kind.word}
        </li>
      ))}
    </ul>
  );
}

const WIDTH = 26;
const HEIGHT = 12;

function Sample({kind: {style}}: {readonly kind: Kind}) {
  const paint = useCallback(
    (context: CanvasRenderingContext2D, colour: (name: string) => string) =>
      paintSegment(context, {x: 0, y: 0, width: WIDTH, height: HEIGHT}, style, colour),
    [style],
  );
  return <Canvas width={WIDTH} height={HEIGHT} paint={paint} />;
}
