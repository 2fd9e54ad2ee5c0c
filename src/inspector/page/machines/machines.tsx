/** The state machines at work: the actors on the left, the chosen one's machine drawn, and what it knows beside it. */

import './machines.css';
import './chart.css';
import {useEffect} from 'preact/hooks';
import type {ActorMoment, Moment} from '../model/moment.js';
import {chosenActor, moment} from '../store.js';
import {ActorFacts} from './actor-facts.js';
import {ActorTree} from './actor-tree.js';
import {ChartView} from './chart-view.js';
import {draw, drawingOf} from './laid-charts.js';

export function Machines() {
  const now = moment.value;
  const machines = now?.header.machines ?? [];
  // The chosen one is drawn first, the others meanwhile: they will be looked at too.
  useEffect(() => {
    for (const {machine} of machines) draw(machine);
  }, [machines.length]);
  if (now === null) return null;
  const actor = shownActor(now, chosenActor.value);
  return (
    <div class="machines">
      <ActorTree
        moment={now}
        chosen={actor?.actor ?? null}
        onChoose={(number) => {
          chosenActor.value = number;
        }}
      />
      {actor === null ? (
        <p class="empty">Choose an actor to see its machine.</p>
      ) : (
        <>
          <section class="machine" aria-label="Machine">
            <MachineHead actor={actor} moment={now} />
            <Picture actor={actor} />
          </section>
          <ActorFacts actor={actor} moment={now} />
        </>
      )}
    </div>
  );
}

/** The chosen one where it is known at this moment; else the first that has a machine. */
function shownActor({actors}: Moment, chosen: number | null): ActorMoment | null {
  const first = actors.find(({machine}) => machine !== null) ?? actors[0] ?? null;
  return actors.find(({actor}) => actor === chosen) ?? first;
}

function MachineHead({actor, moment: {header}}: {readonly actor: ActorMoment; readonly moment: Moment}) {
  const {name, machine, ended} = actor;
  const drawing = machine === null ? null : drawingOf(machine);
  const traced = header.machines.find((it) => it.machine === machine)?.hash;
  const isOther = drawing?.kind === 'ready' && traced !== undefined && traced !== drawing.chart.hash;
  const about = drawing?.kind === 'ready' ? drawing.chart.description : null;
  return (
    <header class="machine-head">
      <h2>{name}</h2>
      <p class="card-note">
        {[
          ...(machine !== null && machine !== name ? [`Machine ${machine}.`] : []),
          ...(about === null ? [] : [about]),
          ...(ended === null ? [] : ['It has ended.']),
        ].join(' ')}
      </p>
      {isOther && (
        <p class="machine-other" role="note">
          Drawn as the fdl that shows this page has it; the trace was written by another version, whose
          machine was not quite the same.
        </p>
      )}
    </header>
  );
}

function Picture({actor}: {readonly actor: ActorMoment}) {
  const {machine} = actor;
  useEffect(() => {
    if (machine !== null) draw(machine);
  }, [machine]);
  if (machine === null)
    return <p class="empty chart-none">{actor.name} has no states of its own: it does what it is told.</p>;
  const drawing = drawingOf(machine);
  switch (drawing.kind) {
    case 'waiting':
      return <p class="empty chart-none">Drawing …</p>;
    case 'unknown':
      return (
        <p class="empty chart-none">This fdl has no machine {machine}: another version wrote the trace.</p>
      );
    case 'failed':
      return (
        <p class="empty chart-none" role="alert">
          The machine cannot be drawn: {drawing.reason}
        </p>
      );
    case 'ready':
      // Another machine is another drawing, to be moved on its own.
      return <ChartView key={machine} actor={actor} chart={drawing.chart} laid={drawing.laid} />;
  }
}
