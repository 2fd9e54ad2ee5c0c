/** Who looks on while a plan is carried out: it learns what no event tells, and changes nothing. */

import type {ConnectionRow, Fetch, FleetWatch} from './fleet.js';
import type {Step} from './step.js';

export interface PlanWatch extends FleetWatch {
  /** A step was taken; what it created, if anything, is given with it. */
  stepTaken(step: Step, created: {readonly connection?: ConnectionRow; readonly fetch?: Fetch}): void;
}
