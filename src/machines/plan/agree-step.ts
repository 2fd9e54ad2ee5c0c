/** The policy of planning: when enough servers have answered, and what follows from their answers. Pure. */

import {AGREEMENT_MS} from '../../limits.js';
import type {DatedManifest} from '../events.js';
import {agree, matchesPin} from './agreement.js';
import type {ServerRow} from './fleet.js';
import type {Plan} from './plan.js';
import {nextUnasked} from './roles.js';
import type {Step} from './step.js';
import {nothingOffered, pinNotOffered, serversDisagree} from './verdict.js';
import {waitFor} from './wait-step.js';

/** A part of an earlier run that only lacks its end needs no server. */
export function finishableStep({leftovers, options}: Plan): Step | null {
  const whole = leftovers.filter((old) => old.complete && matchesPin(old.manifest, options.pin));
  const [only] = whole;
  return only !== undefined && whole.length === 1
    ? {kind: 'pin', manifest: only.manifest, isProved: true}
    : null;
}

/** Planning ends when every server has answered or failed, or a second after the first manifest. */
export function agreementStep(plan: Plan, firstOfferAtMs: number | null, nowMs: number): Step {
  const agreement = agree(plan.offers, plan.options.pin);
  if (agreement.kind === 'agreed' && plan.options.pin.root !== null)
    return pin(plan, agreement.offer.manifest);
  const isOpen = nextUnasked(plan) !== undefined || plan.fleet.servers.some(mayStillAnswer);
  const deadlineMs = firstOfferAtMs === null ? null : firstOfferAtMs + AGREEMENT_MS;
  if (agreement.kind === 'none' || agreement.kind === 'pin-not-offered') {
    const {giveUpAfterMs, startedAtMs} = plan.options;
    const giveUpAtMs = giveUpAfterMs === null ? null : startedAtMs + giveUpAfterMs;
    if (isOpen && (giveUpAtMs === null || nowMs < giveUpAtMs)) return waitFor(plan, giveUpAtMs, nowMs);
    const error = agreement.kind === 'none' ? nothingOffered(plan) : pinNotOffered(plan, agreement.offers);
    return {kind: 'fail', error};
  }
  if (isOpen && deadlineMs !== null && nowMs < deadlineMs) return waitFor(plan, deadlineMs, nowMs);
  if (agreement.kind === 'disagree') return {kind: 'fail', error: serversDisagree(plan, agreement.offers)};
  return pin(plan, agreement.offer.manifest);
}

/** What an earlier run has proved of a version counts more than what servers say of it. */
function pin({leftovers}: Plan, offered: DatedManifest): Step {
  const proved = leftovers.find(({manifest, isProved}) => isProved && manifest.root === offered.root);
  const manifest = proved === undefined ? offered : {...proved.manifest, modifiedMs: offered.modifiedMs};
  return {kind: 'pin', manifest, isProved: proved !== undefined};
}

function mayStillAnswer(server: ServerRow): boolean {
  const {kind} = server.state;
  return kind === 'connecting' || kind === 'indexing' || (kind === 'lost' && server.state.retryAtMs !== null);
}
