/** The plan of a download in a few figures: it is all that the machine of a download remembers, and too large to tell. */

import type {Plan} from '../../machines/plan/plan.js';

/** Whether a context is that of the machine of a download. */
export function isOfDownload(context: object): context is {readonly plan: Plan} {
  return 'plan' in context;
}

export function planValues(plan: Plan): object {
  const {options, stage, manifest, fleet, standby, digests, watched} = plan;
  return {
    stage: stage.kind,
    file: options.file,
    root: manifest?.root ?? options.pin.root,
    size: manifest?.size ?? null,
    servers: fleet.servers.length,
    connections: [...fleet.connections].length,
    standby: standby.length,
    fragmentsInWork: watched.size,
    fragmentsWithDigests: digests.size,
    storedBytes: plan.storedBytes,
    resumedBytes: plan.resumedBytes,
  };
}
