/** The row of the moment, field by field, and where to look at it. */

import type {NumberedRow} from '../model/queries.js';
import {chosenServer, showActor, tab} from '../store.js';
import {restrict} from './filter.js';

/** Longer values are cut: a row may hold hundreds of runs. */
const VALUE_MAX = 300;

export function RowDetail({row}: {readonly row: NumberedRow | null}) {
  return (
    <section class="row-detail" aria-label="Chosen row">
      {row === null ? <p class="card-note">No row at this moment.</p> : <Fields row={row} />}
    </section>
  );
}

function Fields({row: {data, actor, server, row}}: {readonly row: NumberedRow}) {
  return (
    <>
      <dl class="fields">
        <div>
          <dt>row</dt>
          <dd>{row + 1}</dd>
        </div>
        {Object.entries(data).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{textOf(value)}</dd>
          </div>
        ))}
      </dl>
      <div class="row-actions">
        {actor !== null && (
          <>
            <button type="button" class="flat-button" onClick={() => showActor(actor)}>
              Show in Machines
            </button>
            <button type="button" class="flat-button" onClick={() => restrict('actors', [actor])}>
              Only this actor
            </button>
          </>
        )}
        {server !== null && (
          <>
            <button
              type="button"
              class="flat-button"
              onClick={() => {
                chosenServer.value = server;
                tab.value = 'timeline';
              }}
            >
              Show in Timeline
            </button>
            <button type="button" class="flat-button" onClick={() => restrict('server', server)}>
              Only this server
            </button>
          </>
        )}
      </div>
    </>
  );
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}
