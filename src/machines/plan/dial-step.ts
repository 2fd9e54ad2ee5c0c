/** The policy of connections: whom to dial next. Pure. */

import {ACTIVE_MAX, DIALS_MAX} from '../../limits.js';
import type {ServerRow} from './fleet.js';
import type {Plan} from './plan.js';
import {mustRest, nextUnasked} from './roles.js';
import {nextInLine} from './standby.js';
import type {Step} from './step.js';

/** Servers whose waiting is over come first, then those never asked and those on standby, as they promise. */
export function dialStep(plan: Plan, nowMs: number): Step | null {
  const due = plan.fleet.nextDue(nowMs);
  if (due !== null && mustRest(plan, due)) return {kind: 'stand-down', server: due};
  if (due?.state.kind === 'busy' && due.connections.length > 0) return {kind: 'rest-over', server: due};
  if (plan.fleet.count('connecting') >= DIALS_MAX) return null;
  if (due !== null) return {kind: 'dial', server: due, again: due.connections[0] ?? null};
  const unasked = nextUnasked(plan);
  // Everyone is asked for its version; who then stands by has answered.
  if (plan.stage.kind === 'asking')
    return unasked === undefined ? null : {kind: 'dial', server: unasked, again: null};
  if (plan.fleet.activeCount >= ACTIVE_MAX) return null;
  const server = nextInLine(plan, nowMs) ?? serverToGrow(plan);
  return server === undefined ? null : {kind: 'dial', server, again: null};
}

/** The server that is on trial with a further connection, as long as that is not opened. */
function serverToGrow({growth}: Plan): ServerRow | undefined {
  if (growth.kind !== 'trying') return undefined;
  const {server} = growth;
  const isMissing = server.connections.length < server.connectionsAllowed;
  return server.state.kind === 'open' && isMissing ? server : undefined;
}
