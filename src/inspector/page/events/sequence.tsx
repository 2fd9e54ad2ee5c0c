/** Messages between actors around the moment: time goes down, each actor has a line, each message is an arrow. */

import {useEffect} from 'preact/hooks';
import {useAnswer} from '../connection.js';
import {useWidth} from '../overview/use-width.js';
import {chosenActor, goTo, position} from '../store.js';
import {filter} from './filter.js';
import {type Lifelines, lifelinesOf, OUTSIDE, type Step} from './lifelines.js';
import {formatRowTime} from './row-time.js';

const KINDS = ['say', 'move', 'start', 'stop'];
const STEPS = 80;
const STEP_PX = 28;
const HEAD_PX = 44;
const TIME_PX = 76;
/** An approximate width of a letter, to cut names before they run into each other. */
const LETTER_PX = 6.6;

export function Sequence() {
  const [box, width] = useWidth();
  const {kinds: _, ...restrictions} = filter.value;
  const query = {
    filter: {...restrictions, kinds: KINDS},
    offset: 'at',
    count: STEPS,
    at: position.value,
  } as const;
  const answer = useAnswer('events', query, 'sequence');
  const rows = answer?.rows ?? [];
  const lines = lifelinesOf(rows, filter.value.actors ?? []);
  const now = answer === null ? null : (rows[answer.index - answer.offset] ?? null);
  const columnPx = Math.max(64, (width - TIME_PX - 16) / Math.max(1, lines.actors.length));
  const drawnPx = TIME_PX + columnPx * lines.actors.length;
  const height = lines.steps.length * STEP_PX + 12;
  const names = answer?.names ?? {};
  const nowStep = lines.steps.findLastIndex(({row}) => now !== null && row.row <= now.row);
  // The moment stands in the middle, unless somebody has pressed on what is in sight.
  useEffect(() => {
    const element = box.current;
    if (element === null || nowStep < 0) return;
    const y = HEAD_PX + nowStep * STEP_PX;
    if (y < element.scrollTop + HEAD_PX || y > element.scrollTop + element.clientHeight - STEP_PX)
      element.scrollTop = y - element.clientHeight / 2;
  }, [now?.row]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <section class="sequence" aria-label="Messages between actors" ref={box} tabIndex={0}>
      {lines.steps.length === 0 ? (
        <p class="empty">Nobody said anything here.</p>
      ) : (
        <>
          {/* Of its own, so that the names stay in sight while the messages scroll. */}
          <svg width={drawnPx} height={HEAD_PX} class="sequence-drawing sequence-heads" aria-label="Actors">
            <Heads lines={lines} names={names} columnPx={columnPx} />
          </svg>
          <svg width={drawnPx} height={height} class="sequence-drawing" aria-label="Message sequence">
            {lines.actors.map((actor, line) => (
              <g key={actor} class="lifeline">
                <line x1={xOf(line, columnPx)} x2={xOf(line, columnPx)} y1={0} y2={height} />
              </g>
            ))}
            {lines.steps.map((step, index) => (
              <StepMark
                key={step.row.row}
                step={step}
                y={(index + 0.5) * STEP_PX}
                columnPx={columnPx}
                isNow={index === nowStep}
              />
            ))}
          </svg>
        </>
      )}
      {lines.hidden > 0 && (
        <p class="card-note">
          {lines.hidden} rows here are about other actors: choose one above to see its own.
        </p>
      )}
    </section>
  );
}

interface HeadsProps {
  readonly lines: Lifelines;
  readonly names: Readonly<Record<number, string>>;
  readonly columnPx: number;
}

function Heads({lines: {actors}, names, columnPx}: HeadsProps) {
  return (
    <>
      {actors.map((actor, line) => {
        const name = actor === OUTSIDE ? 'outside' : (names[actor] ?? `actor ${actor}`);
        const x = xOf(line, columnPx);
        return (
          <g key={actor} class="lifeline" data-chosen={actor === chosenActor.value}>
            <rect x={x - columnPx / 2 + 4} y={6} width={columnPx - 8} height={HEAD_PX - 16} rx={6} />
            <text x={x} y={HEAD_PX / 2 + 2}>
              <title>{name}</title>
              {cut(name, columnPx - 16)}
            </text>
          </g>
        );
      })}
    </>
  );
}

interface StepProps {
  readonly step: Step;
  readonly y: number;
  readonly columnPx: number;
  readonly isNow: boolean;
}

function StepMark({step, y, columnPx, isNow}: StepProps) {
  const {data, row, actor} = step.row;
  const choose = (): void => {
    goTo(data.t, row);
    if (actor !== null) chosenActor.value = actor;
  };
  const shown = cut(step.text, roomOf(step, columnPx));
  // What is written comes first, so that whoever speaks to the page can name it.
  const label = `${formatRowTime(data.t)} ${shown}, ${step.row.who}: ${step.row.what}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG has no button element
    <g
      class="step"
      role="button"
      tabIndex={0}
      aria-label={label}
      data-now={isNow}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          choose();
        }
      }}
    >
      <title>{label}</title>
      <rect class="step-ground" x={0} y={y - STEP_PX / 2} width="100%" height={STEP_PX} />
      <text class="step-time" x={TIME_PX - 12} y={y + 4}>
        {formatRowTime(data.t)}
      </text>{' '}
      {step.kind === 'message' ? (
        <Arrow step={step} y={y} columnPx={columnPx} shown={shown} />
      ) : (
        <StateBox step={step} y={y} columnPx={columnPx} shown={shown} />
      )}
    </g>
  );
}

interface DrawnProps<Kind extends Step['kind']> {
  readonly step: Extract<Step, {readonly kind: Kind}>;
  readonly y: number;
  readonly columnPx: number;
  /** Its text, as far as there is room. */
  readonly shown: string;
}

function Arrow({step: {from, to}, y, columnPx, shown}: DrawnProps<'message'>) {
  const a = xOf(from, columnPx);
  const b = xOf(to, columnPx);
  const way = Math.sign(b - a);
  const path = way === 0 ? `M${a} ${y - 5}h14v10h-11` : `M${a} ${y + 5}H${b - way * 3}`;
  const tip =
    way === 0 ? `M${a + 7} ${y + 1}l-5 4 5 4` : `M${b - way * 7} ${y + 1}l${way * 6} 4 ${-way * 6} 4`;
  return (
    <>
      <path class="arrow" d={path} />
      <path class="arrow" d={tip} />
      <text class="arrow-text" x={way === 0 ? a + 20 : (a + b) / 2} y={y} data-self={way === 0}>
        {shown}
      </text>
    </>
  );
}

function StateBox({step: {line, how}, y, columnPx, shown}: DrawnProps<'state'>) {
  const width = Math.max(24, shown.length * LETTER_PX + 14);
  const x = xOf(line, columnPx);
  const radius = how === 'move' ? 10 : 3;
  return (
    <>
      <rect
        class="state-box"
        data-how={how}
        x={x - width / 2}
        y={y - 10}
        width={width}
        height={20}
        rx={radius}
      />
      <text class="state-text" x={x} y={y + 4}>
        {shown}
      </text>
    </>
  );
}

/** Pixels that a step's text may take. */
function roomOf(step: Step, columnPx: number): number {
  if (step.kind === 'state') return columnPx - 20;
  return step.from === step.to ? columnPx - 24 : Math.abs(step.to - step.from) * columnPx - 16;
}

function xOf(line: number, columnPx: number): number {
  return TIME_PX + (line + 0.5) * columnPx;
}

/** The end says more than the beginning: `…idle.quiet`. */
function cut(text: string, px: number): string {
  const letters = Math.max(3, Math.floor(px / LETTER_PX));
  return text.length <= letters ? text : `…${text.slice(1 - letters)}`;
}
