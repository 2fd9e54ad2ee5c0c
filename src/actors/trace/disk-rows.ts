/** What a download learnt of its disk, as rows: what is there already, what is wrong, and whether there is room. */

import {blockLength} from '../../geometry.js';
import {TRACE_RUNS_MAX} from '../../limits.js';
import type {DownloadEvent} from '../../machines/events.js';
import type {Plan} from '../../machines/plan/plan.js';
import type {Manifest, Run} from '../../model.js';
import type {RowOf, TraceRow} from '../../trace/rows.js';
import type {OwnNumbers} from './numbers.js';
import type {Recorder} from './recorder.js';

/** Rows for an event that the plan has learnt; none for most. */
export function diskRows(
  recorder: Recorder,
  event: DownloadEvent,
  {manifest}: Plan,
  own: OwnNumbers,
): readonly TraceRow[] {
  switch (event.type) {
    case 'store.opened':
      return manifest === null ? [] : foundRows(recorder, event, manifest);
    case 'fragment.proved':
      return manifest === null ? [] : keptRows(recorder, 'older', event.salvaged, manifest);
    case 'block.wrong': {
      const {fragment, block, expected, received} = event;
      const connection = event.connection === null ? null : own.connection(event.connection);
      return [{t: recorder.now(), k: 'wrong', connection, fragment, block, expected, received}];
    }
    case 'store.paused': {
      const {needBytes, waitMs} = event;
      return [{t: recorder.now(), k: 'disk', is: 'full', needBytes, waitMs}];
    }
    case 'store.resumed':
      return [{t: recorder.now(), k: 'disk', is: 'room'}];
    case 'store.hashing':
      return [{t: recorder.now(), k: 'hashing', doneBytes: event.doneBytes}];
    default:
      return [];
  }
}

function foundRows(
  recorder: Recorder,
  {trusted, unchecked, complete}: DownloadEvent & {readonly type: 'store.opened'},
  manifest: Manifest,
): TraceRow[] {
  if (complete) return [{t: recorder.now(), k: 'kept', how: 'whole', bytes: manifest.size, runs: []}];
  return [
    ...keptRows(recorder, 'trusted', trusted, manifest),
    ...keptRows(recorder, 'unchecked', unchecked, manifest),
  ];
}

function keptRows(
  recorder: Recorder,
  how: RowOf<'kept'>['how'],
  runs: readonly Run[],
  manifest: Manifest,
): TraceRow[] {
  const rows: TraceRow[] = [];
  for (let at = 0; at < runs.length; at += TRACE_RUNS_MAX) {
    const page = runs.slice(at, at + TRACE_RUNS_MAX);
    rows.push({
      t: recorder.now(),
      k: 'kept',
      how,
      bytes: page.reduce((sum, run) => sum + bytesOf(run, manifest), 0),
      runs: page.map(({fragment, first, end}) => [fragment, first, end] as const),
    });
  }
  return rows;
}

/** Only the last block of a file is short. */
function bytesOf({fragment, first, end}: Run, {size, geometry}: Manifest): number {
  return (end - 1 - first) * geometry.blockBytes + blockLength(size, geometry, fragment, end - 1);
}
