/** The machines of fdl as a table. Pure. */

import {type Column, type TableStyle, tableLines} from './table.js';

export interface ShownMachine {
  readonly id: string;
  /** What it is for. */
  readonly description: string;
  readonly states: number;
  readonly transitions: number;
  /** 16 hex digits over its definition, as rows of traces have them. */
  readonly hash: string;
}

const COLUMNS: readonly Column[] = [
  {title: 'machine', align: 'left', shrinkTo: null},
  {title: 'states', align: 'right', shrinkTo: null},
  {title: 'transitions', align: 'right', shrinkTo: null},
  {title: 'what it is for', align: 'left', shrinkTo: 20},
];

export function machineLines(machines: readonly ShownMachine[], style: TableStyle): string[] {
  const rows = machines.map(({id, states, transitions, description}) => ({
    cells: [{text: id}, {text: String(states)}, {text: String(transitions)}, {text: description}],
  }));
  return tableLines(COLUMNS, rows, style);
}
