/** Makes a schedule that fails smaller: faults and servers that it does not need are left out. */

import {runSchedule} from './run.js';
import type {Schedule} from './schedule.js';
import {Violation} from './world.js';

/** What does not hold in a schedule; null: everything holds. */
export async function violationOf(schedule: Schedule): Promise<string | null> {
  try {
    await runSchedule(schedule);
    return null;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    throw error;
  }
}

/** The same schedule with as few faults as still fail, whatever the failure is. */
export async function shrunk(schedule: Schedule): Promise<Schedule> {
  for (const [index] of schedule.faults.entries()) {
    const faults = schedule.faults.filter((_, other) => other !== index);
    const smaller = {...schedule, faults};
    if ((await violationOf(smaller)) !== null) return shrunk(smaller);
  }
  return schedule;
}
