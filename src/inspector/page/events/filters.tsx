/** Above the list: kinds, server, actor and text. */

import {useRef} from 'preact/hooks';
import type {ActorMoment} from '../model/moment.js';
import {moment} from '../store.js';
import {filter, restrict, toggleKind} from './filter.js';

/** Typing is waited for, so that not every letter is a search. */
const TYPING_MS = 150;
/** More would make a list that nobody reads. */
const ACTORS_MAX = 400;

interface FiltersProps {
  /** With how many rows of each there are; none: they are no choice here. */
  readonly kinds: Readonly<Record<string, number>>;
}

export function Filters({kinds}: FiltersProps) {
  const chosen = filter.value;
  const isRestricted = Object.keys(chosen).length > 0;
  return (
    <search class="filters" aria-label="Filter">
      <div class="filters-row">
        <TextFilter />
        {(moment.value?.servers.length ?? 0) > 0 && <ServerFilter />}
        {moment.value?.serve != null && <ClientFilter />}
        <ActorFilter />
        <button
          type="button"
          class="flat-button"
          disabled={!isRestricted}
          onClick={() => {
            filter.value = {};
          }}
        >
          Show all
        </button>
      </div>
      {Object.keys(kinds).length > 0 && (
        <fieldset class="chips">
          <legend class="away">Kinds of rows; none chosen: all</legend>
          {Object.entries(kinds).map(([kind, count]) => (
            <button
              key={kind}
              type="button"
              class="chip"
              aria-pressed={chosen.kinds?.includes(kind) ?? false}
              onClick={() => toggleKind(kind)}
            >
              {kind} <small>{count.toLocaleString()}</small>
            </button>
          ))}
        </fieldset>
      )}
    </search>
  );
}

function TextFilter() {
  const timer = useRef(0);
  return (
    <input
      type="search"
      class="filter-text"
      aria-label="Text in rows"
      placeholder="Text"
      value={filter.value.text ?? ''}
      onInput={({currentTarget: {value}}) => {
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => {
          restrict('text', value.trim() === '' ? undefined : value);
        }, TYPING_MS);
      }}
    />
  );
}

function ServerFilter() {
  return (
    <Choice
      label="Server"
      all="all servers"
      value={filter.value.server}
      options={(moment.value?.servers ?? []).map(({server, address}) => [server, address])}
      onChoose={(server) => restrict('server', server)}
    />
  );
}

function ClientFilter() {
  return (
    <Choice
      label="Client"
      all="all clients"
      value={filter.value.session}
      options={(moment.value?.serve?.clients ?? []).map(({session, peer}) => [session, peer])}
      onChoose={(session) => restrict('session', session)}
    />
  );
}

function ActorFilter() {
  const actors = (moment.value?.actors ?? []).slice(-ACTORS_MAX);
  const options = actors.map((it): [number, string] => [it.actor, nameOf(it)]);
  const [chosen] = filter.value.actors ?? [];
  // One that has ended long ago is still chosen.
  if (chosen !== undefined && !actors.some(({actor}) => actor === chosen))
    options.unshift([chosen, `actor ${chosen}`]);
  return (
    <Choice
      label="Actor"
      all="all actors"
      value={chosen}
      options={options}
      onChoose={(actor) => restrict('actors', actor === undefined ? undefined : [actor])}
    />
  );
}

function nameOf({name, ended}: ActorMoment): string {
  return ended === null ? name : `${name} (ended)`;
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: number | undefined;
  readonly options: readonly (readonly [number, string])[];
  readonly onChoose: (value: number | undefined) => void;
}

function Choice({label, all, value, options, onChoose}: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={({currentTarget}) =>
        onChoose(currentTarget.value === '' ? undefined : Number(currentTarget.value))
      }
    >
      <option value="">{all}</option>
      {options.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
