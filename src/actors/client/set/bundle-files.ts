/** Of a bundle that has ended: which files came and are still waited for. The plan of the set learns of each. */

import type {BundlePlan} from '../../../machines/set/bundle-plan.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {BundleEnd} from './bundle-conversation.js';
import type {Arrival} from './bundle-store.js';

/** `files`: what was asked for, of `server`. Returns those that are to be stored. */
export function takeFiles(
  plan: BundlePlan,
  server: number,
  files: readonly SmallFile[],
  end: BundleEnd,
  nowMs: number,
): Arrival[] {
  if (end.kind !== 'delivered') {
    const isRefused = end.kind === 'refused' && end.refusal.code !== 'draining';
    for (const {index} of files) plan.missed(index, isRefused ? server : null);
    return [];
  }
  for (const {index} of end.refused) {
    const file = files[index];
    if (file !== undefined) plan.missed(file.index, server);
  }
  const arrivals: Arrival[] = [];
  for (const place of end.files) {
    const file = files[place.index];
    if (file !== undefined && plan.received(file.index, nowMs)) arrivals.push({...place, file});
  }
  return arrivals;
}
