/** What is known of the chosen actor beside its chart: its states, what it remembers, and what it heard and said last. */

import {formatElapsed} from '../../../units.js';
import {useAnswer} from '../connection.js';
import type {ActorMoment, Moment} from '../model/moment.js';
import type {NumberedRow} from '../model/queries.js';
import {goTo, position} from '../store.js';

const EVENTS = 12;
const KINDS = ['say', 'move', 'start', 'stop'];

export interface ActorFactsProps {
  readonly actor: ActorMoment;
  readonly moment: Moment;
}

export function ActorFacts({actor, moment}: ActorFactsProps) {
  return (
    <section class="facts" aria-label={`About ${actor.name}`}>
      <h3>State</h3>
      <dl class="facts-states">
        <dt>in</dt>
        <dd>{actor.states.length === 0 ? 'it has no states' : actor.states.join(', ')}</dd>
        <dt>{actor.ended === null ? 'for' : 'lived'}</dt>
        <dd class="number">{timeWords(actor, moment.t)}</dd>
        {actor.last !== null && (
          <>
            <dt>by</dt>
            <dd>{actor.last.on}</dd>
          </>
        )}
        <dt>steps</dt>
        <dd class="number">{actor.moves}</dd>
      </dl>
      <h3>Remembers</h3>
      <Context actor={actor} />
      <h3>Heard and said</h3>
      <LastEvents actor={actor} />
    </section>
  );
}

function timeWords({ended, startedMs, sinceMs}: ActorMoment, t: number): string {
  return ended === null ? formatElapsed(t - sinceMs) : formatElapsed(ended.t - startedMs);
}

function Context({actor: {context}}: {readonly actor: ActorMoment}) {
  const entries = Object.entries(context ?? {});
  if (entries.length === 0) return <p class="empty">Nothing that the trace tells of.</p>;
  return (
    <table class="facts-context">
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{breakable(name)}</th>
            <td class={typeof value === 'number' ? 'number' : ''} title={String(value)}>
              {valueWords(value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** May be broken behind its dots. */
function breakable(name: string) {
  return name.split('.').flatMap((part, index) => (index === 0 ? [part] : ['.', <wbr key={index} />, part]));
}

/** Enough of a digest to tell it from others. */
const DIGEST = /^[0-9a-f]{32,}$/;
const DIGEST_SHOWN = 16;

function valueWords(value: unknown): string {
  if (value === null) return 'none';
  if (value === '') return 'empty';
  if (typeof value === 'string' && DIGEST.test(value)) return `${value.slice(0, DIGEST_SHOWN)}…`;
  return typeof value === 'number' ? value.toLocaleString('en-GB') : String(value);
}

function LastEvents({actor}: {readonly actor: ActorMoment}) {
  const query = {
    filter: {actors: [actor.actor], kinds: KINDS},
    offset: 'at',
    count: 2 * EVENTS,
    at: position.value,
  } as const;
  const answer = useAnswer('events', query, 'machines');
  if (answer === null) return <p class="empty">…</p>;
  const past = answer.rows.slice(0, Math.max(0, answer.index - answer.offset + 1));
  const rows = past.slice(-EVENTS).reverse();
  if (rows.length === 0) return <p class="empty">Nothing yet.</p>;
  return (
    <ol class="facts-events">
      {rows.map((row) => (
        <Event key={row.row} row={row} actor={actor.actor} />
      ))}
    </ol>
  );
}

function Event({row, actor}: {readonly row: NumberedRow; readonly actor: number}) {
  const {data, what} = row;
  const isSaid = data.k === 'say' && data.from === actor && data.to !== actor;
  const sign = data.k === 'say' ? (isSaid ? '→' : '←') : '•';
  const words = data.k === 'say' ? `${isSaid ? 'said' : 'heard'} ` : '';
  return (
    <li>
      <button
        type="button"
        class="facts-event"
        title={`Go to this moment: ${what}`}
        onClick={() => goTo(data.t, row.row)}
      >
        <span class="number">{(data.t / 1000).toFixed(2)}s</span>
        <span aria-hidden="true">{sign}</span>
        <span class="facts-what">
          <span class="away">{words}</span>
          {shortWords(row)}
        </span>
      </button>
    </li>
  );
}

/** The way to a state in full is too long for a line, and the chart beside it shows it. */
function shortWords({data, what}: NumberedRow): string {
  if (data.k !== 'move') return what;
  const inner = data.to.split(' ').map((path) => path.slice(path.lastIndexOf('.') + 1));
  return `${data.on === 'xstate.init' ? 'began' : data.on} → ${inner.join(' + ')}`;
}
