/** The actors, as a tree of who started whom: to choose one, and to see at a glance which of them move. */

import {useEffect, useRef, useState} from 'preact/hooks';
import type {ActorMoment, Moment} from '../model/moment.js';
import {type TreeLine, treeLines, treeMove} from './tree.js';
import {whoseActors} from './whose.js';

export interface ActorTreeProps {
  readonly moment: Moment;
  readonly chosen: number | null;
  readonly onChoose: (actor: number) => void;
}

/** A step is fresh for so long, in milliseconds of the trace. */
const FRESH_MS = 700;

export function ActorTree({moment, chosen, onChoose}: ActorTreeProps) {
  const [text, setText] = useState('');
  const [showsEnded, setShowsEnded] = useState(true);
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const whose = whoseActors(moment);
  const lines = treeLines(moment.actors, {text, showsEnded, closed, about: whose});
  const isShown = lines.some(({actor}) => actor.actor === chosen);
  const setOpen = (actor: number, isOpen: boolean): void => {
    const next = new Set(closed);
    if (isOpen) next.delete(actor);
    else next.add(actor);
    setClosed(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = treeMove(lines, chosen, event.key);
    if (move === null) return;
    event.preventDefault();
    if (move.kind === 'choose') onChoose(move.actor);
    else setOpen(move.actor, move.kind === 'open');
  };
  return (
    <section class="actors" aria-label="Actors">
      <div class="actors-filter">
        <input
          type="search"
          aria-label="Find actors"
          placeholder="Find: name, state, address, file"
          value={text}
          onInput={({currentTarget: {value}}) => setText(value)}
        />
        <label>
          <input
            type="checkbox"
            checked={showsEnded}
            onChange={({currentTarget: {checked}}) => setShowsEnded(checked)}
          />
          ended too
        </label>
      </div>
      {lines.length === 0 ? (
        <p class="empty">{moment.actors.length === 0 ? 'No actor has started yet.' : 'None fits.'}</p>
      ) : (
        <div class="tree" role="tree" aria-label="Actors" onKeyDown={onKeyDown}>
          {lines.map((line, index) => (
            <Line
              key={line.actor.actor}
              line={line}
              whose={whose(line.actor)}
              isChosen={line.actor.actor === chosen}
              isReached={line.actor.actor === chosen || (!isShown && index === 0)}
              isFresh={line.actor.last !== null && moment.t - line.actor.last.t < FRESH_MS}
              onChoose={onChoose}
              onToggle={() => setOpen(line.actor.actor, line.isOpen !== true)}
            />
          ))}
        </div>
      )}
    </section>
  );
}

interface LineProps {
  readonly line: TreeLine;
  readonly whose: string;
  readonly isChosen: boolean;
  /** The one line that the tab key leads to. */
  readonly isReached: boolean;
  readonly isFresh: boolean;
  readonly onChoose: (actor: number) => void;
  readonly onToggle: () => void;
}

function Line({line, whose, isChosen, isReached, isFresh, onChoose, onToggle}: LineProps) {
  const {actor, level, place, places, isOpen} = line;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const {current} = element;
    if (!isChosen || current === null) return;
    current.scrollIntoView({block: 'nearest'});
    // Keys go to the chosen line, but the focus is taken from nobody else.
    if (document.activeElement?.getAttribute('role') === 'treeitem') current.focus();
  }, [isChosen]);
  const classes = ['tree-line', actor.ended === null ? '' : 'ended', isFresh ? 'fresh' : ''];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it takes the keys
    <div
      class={classes.join(' ')}
      ref={element}
      role="treeitem"
      tabIndex={isReached ? 0 : -1}
      aria-level={level}
      aria-posinset={place}
      aria-setsize={places}
      aria-selected={isChosen}
      {...(isOpen !== null && {'aria-expanded': isOpen})}
      style={{paddingInlineStart: `${0.25 + (level - 1) * 0.875}rem`}}
      title={whose === '' ? actor.name : `${actor.name}, ${whose}`}
      onClick={() => onChoose(actor.actor)}
    >
      <span
        class="tree-toggle"
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          if (isOpen !== null) onToggle();
        }}
      >
        {isOpen === null ? '' : isOpen ? '▾' : '▸'}
      </span>
      <span class="tree-name">{actor.name}</span>
      {level === 1 && whose !== '' && <span class="tree-whose">{whose}</span>}
      <span class="tree-state">{stateWords(actor)}</span>
      <span class="tree-fresh" aria-hidden="true" />
    </div>
  );
}

const ENDED_WORDS = {done: 'done', stopped: 'stopped', error: 'failed'} as const;

/** Its innermost states in short; how it ended, when it has. */
function stateWords({states, ended}: ActorMoment): string {
  const inner = states.map((path) => path.slice(path.lastIndexOf('.') + 1)).join(' + ');
  if (ended === null) return inner;
  const how = ENDED_WORDS[ended.how];
  return inner === '' || inner === how ? how : `${inner}, ${how}`;
}
