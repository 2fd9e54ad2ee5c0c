/** What a server has become to a download, as a row. */

import type {ServerRow, ServerState} from '../../machines/plan/fleet.js';
import type {RowOf} from '../../trace/rows.js';
import type {Recorder} from './recorder.js';
import {traceText} from './redact.js';

type Details = Partial<Omit<RowOf<'server'>, 't' | 'k'>>;

export function serverRow(
  recorder: Recorder,
  {index, state, busyReplies, errors}: ServerRow,
): RowOf<'server'> {
  const details = detailsOf(recorder, state);
  return {t: recorder.now(), k: 'server', server: index, is: state.kind, ...details, busyReplies, errors};
}

function detailsOf(recorder: Recorder, state: ServerState): Details {
  switch (state.kind) {
    case 'busy':
      return {untilMs: recorder.at(state.untilMs)};
    case 'indexing': {
      const {retryAtMs, progressPermille: permille} = state;
      return {untilMs: recorder.at(retryAtMs), ...(permille !== null && {permille})};
    }
    case 'lost': {
      const {retryAtMs, reason} = state;
      return {...(retryAtMs !== null && {untilMs: recorder.at(retryAtMs)}), reason: traceText(reason)};
    }
    case 'absent':
      return {reason: traceText(state.reason)};
    case 'other-version':
      return state.root === null ? {} : {root: state.root};
    case 'alias':
      return {of: state.of};
    case 'banned':
      return proofOf(state.evidence);
    default:
      return {};
  }
}

function proofOf(evidence: (ServerState & {readonly kind: 'banned'})['evidence']): Details {
  // Only files of a bundle, which no trace of one download has.
  if (evidence.kind === 'wrong-file') return {proof: 'wrong-digests', detail: traceText(evidence.file)};
  const {kind: proof} = evidence;
  switch (evidence.kind) {
    case 'wrong-block':
      return {proof, fragment: evidence.fragment, block: evidence.block};
    case 'wrong-digests': {
      const {fragment, detail} = evidence;
      return {proof, ...(fragment !== null && {fragment}), detail: traceText(detail)};
    }
    case 'protocol':
      return {proof, detail: traceText(evidence.detail)};
  }
}
