/** Every machine there is. A test compares it with src/machines, so that none is forgotten. */

import type {AnyStateMachine} from 'xstate';
import {connectionMachine} from '../../machines/connection.js';
import {downloadMachine} from '../../machines/download.js';
import {fragmentMachine} from '../../machines/fragment.js';
import {libraryMachine} from '../../machines/library.js';
import {sessionMachine} from '../../machines/session.js';
import type {Chart} from './chart.js';
import {chartOf} from './definition.js';

/** Those of a download, then those of a server. */
const MACHINES: readonly AnyStateMachine[] = [
  downloadMachine,
  connectionMachine,
  fragmentMachine,
  sessionMachine,
  libraryMachine,
];

/** The charts of all machines of this version. */
export function allCharts(): Chart[] {
  return MACHINES.map(chartOf);
}
