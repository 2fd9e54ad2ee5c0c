/**
 * What the list says of servers. A preferred one has its place before the others. A backup takes part only in what no
 * other server can bring now, and rests again as soon as one can. Pure.
 */

import {agree} from './agreement.js';
import {holdsFragment, isWorking, type ServerRow} from './fleet.js';
import type {Plan} from './plan.js';
import {rateOf} from './untried.js';

/** Whether a backup is needed: something is missing, and whoever could bring it is lost, banned or has not got it. */
function needsBackup(plan: Plan): boolean {
  if (!plan.fleet.hasBackups) return false;
  const able = plan.fleet.servers.filter(isAble);
  if (plan.stage.kind === 'asking') return !able.some((server) => mayOffer(plan, server));
  if (plan.stage.kind !== 'fetching') return able.length === 0;
  if (able.length === 0) return plan.blocks.needsServers;
  if (able.some(({holds}) => holds === null)) return false;
  return plan.blocks.nextMissing((fragment) => !isHeld(able, fragment)) !== null;
}

/** The fragments that a server may be asked for: those it holds; for a backup only those that no other can bring. */
export function mayTake(plan: Plan, server: ServerRow): (fragment: number) => boolean {
  const holds = (fragment: number) => holdsFragment(server, fragment);
  if (server.role !== 'backup') return holds;
  const able = plan.fleet.servers.filter(isAble);
  return (fragment) => holds(fragment) && !isHeld(able, fragment);
}

/** The next server of the list that was never dialled and may be now; backups stand at its end. */
export function nextUnasked(plan: Plan): ServerRow | undefined {
  const server = plan.fleet.servers[plan.unasked];
  return server?.role === 'backup' && !needsBackup(plan) ? undefined : server;
}

/** Whether a server must not be dialled now, since it is a backup and nobody needs it. */
export function mustRest(plan: Plan, server: ServerRow): boolean {
  return server.role === 'backup' && !needsBackup(plan);
}

/** Backups give back what another can bring again, and are let go when nothing is left for them. Judged at each tick. */
export function judgeBackups(plan: Plan): void {
  if (!plan.fleet.hasBackups) return;
  const isNeeded = needsBackup(plan);
  for (const server of plan.fleet.servers) {
    if (server.role !== 'backup' || server.state.kind !== 'open') continue;
    const may = mayTake(plan, server);
    for (const row of server.connections)
      if (row.lease !== null && !may(row.lease.fragment)) plan.releaseLease(row);
    if (!isNeeded && !server.connections.some(isWorking)) plan.standDown(server);
  }
}

/** Who stands down when `newcomer` is one too many: itself, but a preferred one takes the place of the slowest other. */
export function oneTooMany(plan: Plan, newcomer: ServerRow): ServerRow {
  let out = newcomer;
  let slowest = Number.POSITIVE_INFINITY;
  if (newcomer.role !== 'prefer') return out;
  for (const row of plan.fleet.connections) {
    if (row.state !== 'ready' || row.server.role === 'prefer' || rateOf(row) > slowest) continue;
    slowest = rateOf(row);
    out = row.server;
  }
  return out;
}

/** Whether a server other than a backup can bring blocks, now or soon. A busy one can; a silent one cannot. */
function isAble({role, state, isDoubtful, connections}: ServerRow): boolean {
  if (role === 'backup') return false;
  switch (state.kind) {
    case 'unasked':
    case 'busy':
    case 'standby':
      return true;
    case 'connecting':
      return !isDoubtful;
    case 'open':
      return connections.some(
        ({state, suspect}) => (state === 'ready' || state === 'busy' || state === 'connecting') && !suspect,
      );
    default:
      return false;
  }
}

/** Whether a server has named a version that fits the pin, or may yet. */
function mayOffer({offers, options}: Plan, server: ServerRow): boolean {
  const own = offers.filter((offer) => offer.server === server.index);
  return own.length === 0 || agree(own, options.pin).kind === 'agreed';
}

function isHeld(servers: readonly ServerRow[], fragment: number): boolean {
  return servers.some((server) => holdsFragment(server, fragment));
}
