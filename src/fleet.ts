/** Looking at a fleet in the real world: TCP, the system's clock, chance. */

import {dialTcp} from './actors/client/dial.js';
import {systemClock} from './actors/clock.js';
import {type CheckOptions, checkFleet} from './actors/fleet/check-fleet.js';
import {type ListOptions, listFleet, offeredNames} from './actors/fleet/list-fleet.js';
import {closestNames, closestPaths} from './closest.js';
import type {FleetCheck, FleetListing} from './fleet-report.js';
import {FDL1_GEOMETRY} from './geometry.js';
import {SIMILAR_NAMES_MAX, SIMILAR_NAMES_TIMEOUT_MS} from './limits.js';
import type {Address} from './model.js';
import {checkName} from './protocol/names.js';

const PORTS = {dial: dialTcp, clock: systemClock, geometry: FDL1_GEOMETRY, random: Math.random};

/** What all servers offer. Rejects with FdlError when none answers, or when it is stopped. */
export function list(options: ListOptions): Promise<FleetListing> {
  return listFleet(options, PORTS);
}

/** What a download would meet. Rejects with FdlError `name-invalid`, or when it is stopped. */
export async function check(options: CheckOptions): Promise<FleetCheck> {
  if (options.file !== undefined) checkName(options.file);
  return checkFleet(options, PORTS);
}

/**
 * What is on offer and nearest to a name that is not: files, or folders as well. None when the servers do not tell in
 * time. Never rejects.
 */
export async function similarNames(
  name: string,
  servers: readonly Address[],
  what: 'files' | 'files and folders',
): Promise<string[]> {
  const stop = new AbortController();
  const timer = systemClock.setTimeout(() => stop.abort(), SIMILAR_NAMES_TIMEOUT_MS);
  try {
    const names = await offeredNames(servers, PORTS, stop.signal);
    return (what === 'files' ? closestNames : closestPaths)(name, names, SIMILAR_NAMES_MAX);
  } catch {
    return [];
  } finally {
    systemClock.clearTimeout(timer);
  }
}
