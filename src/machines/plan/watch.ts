/** Who looks on while a plan is carried out: it learns what no event tells, and changes nothing. */

import type {FleetWatch} from './fleet.js';
import type {Step} from './step.js';
import type {Created} from './take-step.js';

export interface PlanWatch extends FleetWatch {
  stepTaken(step: Step, created: Created): void;
}
