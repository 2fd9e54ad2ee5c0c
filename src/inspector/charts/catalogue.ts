/** Every machine there is. A test compares it with src/machines, so that none is forgotten. */

import type {AnyStateMachine} from 'xstate';
import {connectionMachine} from '../../machines/connection.js';
import {downloadMachine} from '../../machines/download.js';
import {fragmentMachine} from '../../machines/fragment.js';
import {libraryMachine} from '../../machines/library.js';
import {sessionMachine} from '../../machines/session.js';
import type {Chart} from './chart.js';
import {chartOf} from './definition.js';
import {MACHINE_NAMES, type MachineName} from './machine-names.js';

const MACHINES: Readonly<Record<MachineName, AnyStateMachine>> = {
  download: downloadMachine,
  connection: connectionMachine,
  fragment: fragmentMachine,
  session: sessionMachine,
  library: libraryMachine,
};

/** The chart of one machine. */
export function chartNamed(name: MachineName): Chart {
  return chartOf(MACHINES[name]);
}

/** The charts of all machines of this version. */
export function allCharts(): Chart[] {
  return MACHINE_NAMES.map(chartNamed);
}
