/** The moment that all views show: a slider over the whole time, marks to jump to, and a button that plays. */

import {useState} from 'preact/hooks';
import {feed, goLive, goTo, marks, playing, position} from '../store.js';
import {formatMoment} from '../timeline/segment-words.js';
import {SHAPES, type Sign, signsOf} from './mark-signs.js';
import {pause, play, positionMs, SPEEDS} from './player.js';

/** Shares of the whole that keys move by. */
const STEP = 0.005;
const PAGE = 0.05;

export function Scrubber() {
  const endMs = feed.value?.endMs ?? 0;
  const isLive = position.value.kind === 'live';
  const at = isLive ? endMs : Math.min(endMs, positionMs());
  const signs = signsOf(marks.value, endMs);
  return (
    <section class="scrubber" aria-label="Moment shown">
      <PlayButtons />
      <div class="scrubber-track">
        <div class="scrubber-signs">
          {signs.map((sign) => (
            <SignButton key={`${sign.mark.row}`} sign={sign} />
          ))}
        </div>
        <input
          type="range"
          class="scrubber-range"
          aria-label="Moment"
          aria-valuetext={
            isLive ? `newest, ${formatMoment(at)}` : `${formatMoment(at)} of ${formatMoment(endMs)}`
          }
          min={0}
          max={Math.max(1, endMs)}
          step="any"
          value={at}
          onInput={({currentTarget: {value}}) => goTo(Number(value))}
          onKeyDown={(event) => onKey(event, at, endMs)}
        />
      </div>
      <output class="scrubber-time">
        <b>{formatMoment(at)}</b> <span>of {formatMoment(endMs)}</span>
      </output>
      <MarkButtons at={at} />
      <EndButton />
    </section>
  );
}

function onKey(event: KeyboardEvent, at: number, endMs: number): void {
  const go = (share: number): void => goTo(Math.min(endMs, Math.max(0, at + share * endMs)));
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(event.shiftKey ? -STEP / 10 : -STEP),
    ArrowDown: () => go(event.shiftKey ? -STEP / 10 : -STEP),
    ArrowRight: () => go(event.shiftKey ? STEP / 10 : STEP),
    ArrowUp: () => go(event.shiftKey ? STEP / 10 : STEP),
    PageDown: () => go(-PAGE),
    PageUp: () => go(PAGE),
    Home: () => goTo(0),
    End: goLive,
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** For the pointer; the keyboard has the buttons beside. */
function SignButton({sign: {kind, mark, at, text}}: {readonly sign: Sign}) {
  return (
    <button
      type="button"
      class="sign"
      data-kind={kind}
      tabIndex={-1}
      style={{left: `${at * 100}%`}}
      title={`${formatMoment(mark.t)}: ${text}`}
      aria-label={`${formatMoment(mark.t)}: ${text}`}
      onClick={() => goTo(mark.t, mark.row)}
    >
      <svg class="sign-shape" viewBox="0 0 10 10" aria-hidden="true">
        <path d={SHAPES[kind]} />
      </svg>
    </button>
  );
}

function MarkButtons({at}: {readonly at: number}) {
  const before = marks.value.findLast(({t}) => t < at - 1);
  const after = marks.value.find(({t}) => t > at + 1);
  return (
    <div class="scrubber-marks">
      <button
        type="button"
        class="icon-button"
        disabled={before === undefined}
        aria-label="Notable moment before"
        title={before === undefined ? 'Nothing notable before' : `${formatMoment(before.t)}: ${before.text}`}
        onClick={() => before !== undefined && goTo(before.t, before.row)}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M5 4v12M15 4 8 10l7 6z" fill="currentColor" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
      <button
        type="button"
        class="icon-button"
        disabled={after === undefined}
        aria-label="Notable moment after"
        title={after === undefined ? 'Nothing notable after' : `${formatMoment(after.t)}: ${after.text}`}
        onClick={() => after !== undefined && goTo(after.t, after.row)}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M15 4v12M5 4l7 6-7 6z" fill="currentColor" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
    </div>
  );
}

function PlayButtons() {
  const [speed, setSpeed] = useState(1);
  const isPlaying = playing.value !== null;
  return (
    <div class="scrubber-play">
      <button
        type="button"
        class="icon-button"
        aria-label={isPlaying ? 'Pause' : 'Play'}
        title={isPlaying ? 'Pause' : 'Play from here'}
        onClick={() => (isPlaying ? pause() : play(speed))}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d={isPlaying ? 'M5 3h4v14H5zM11 3h4v14h-4z' : 'M5 3l12 7-12 7z'} fill="currentColor" />
        </svg>
      </button>
      <label>
        <span class="away">Speed</span>
        <select
          value={speed}
          onChange={({currentTarget: {value}}) => {
            setSpeed(Number(value));
            if (isPlaying) playing.value = {speed: Number(value)};
          }}
        >
          {SPEEDS.map((it) => (
            <option key={it} value={it}>
              {it}×
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function EndButton() {
  const kind = feed.value?.status.kind;
  const isLive = position.value.kind === 'live';
  const name = kind === 'live' || kind === 'reconnecting' ? 'Live' : 'End';
  return (
    <button type="button" class="live-button" aria-pressed={isLive} onClick={goLive}>
      {name}
    </button>
  );
}
