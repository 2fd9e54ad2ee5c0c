/** The row of a step that the policy of a download has taken. */

import {fragmentCount} from '../../geometry.js';
import type {Step} from '../../machines/plan/step.js';
import type {Created} from '../../machines/plan/take-step.js';
import type {TraceRow} from '../../trace/rows.js';
import type {OwnNumbers} from './numbers.js';

/** `t`: when, as rows have it. Null: other rows tell of such a step. */
export function stepRow(
  t: number,
  own: OwnNumbers,
  step: Step,
  {connection, fetch}: Created,
): TraceRow | null {
  switch (step.kind) {
    case 'dial': {
      const row = connection ?? step.again;
      if (row === null) return null;
      const server = own.server(step.server.index);
      return {t, k: 'dial', connection: own.connection(row.id), server, again: step.again !== null};
    }
    case 'open': {
      const {root, sha256, size, geometry} = step.manifest;
      return {t, k: 'version', root, sha256, size, fragments: fragmentCount(size, geometry)};
    }
    case 'lease':
      return {t, k: 'lease', connection: own.connection(step.row.id), ...step.run};
    case 'steal': {
      const {victim, run} = step.theft;
      const from = own.connection(victim.id);
      return {t, k: 'steal', connection: own.connection(step.row.id), from, ...run};
    }
    case 'return-lease':
      return {t, k: 'return', connection: own.connection(step.row.id)};
    case 'fetch':
    case 'hedge': {
      if (fetch === undefined) return null;
      const numbers = {connection: own.connection(step.row.id), ticket: own.ticket(fetch.ticket)};
      return {t, k: 'fetch', ...numbers, ...step.run, hedge: step.kind === 'hedge'};
    }
    case 'cancel': {
      const numbers = {connection: own.connection(step.connection), ticket: own.ticket(step.ticket)};
      return {t, k: 'cancel', ...numbers};
    }
    default:
      return null;
  }
}
