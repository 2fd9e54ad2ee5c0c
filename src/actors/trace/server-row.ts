/** What a server has become to a download, as a row. */

import type {ServerRow, ServerState} from '../../machines/plan/fleet.js';
import type {Evidence} from '../../model.js';
import type {RowOf} from '../../trace/rows.js';
import type {Recorder} from './recorder.js';
import {traceText} from './redact.js';

type Details = Partial<Omit<RowOf<'server'>, 't' | 'k'>>;

/** `numberOf`: the number that a server of the download has in the trace. */
export function serverRow(
  recorder: Recorder,
  {index, state, busyReplies, errors}: ServerRow,
  numberOf: (server: number) => number,
): RowOf<'server'> {
  const {kind: is} = state;
  const details = detailsOf(recorder, state, numberOf);
  return {t: recorder.now(), k: 'server', server: numberOf(index), is, ...details, busyReplies, errors};
}

function detailsOf(recorder: Recorder, state: ServerState, numberOf: (server: number) => number): Details {
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
      return {of: numberOf(state.of)};
    case 'banned':
      return proofOf(state.evidence);
    default:
      return {};
  }
}

/** Why a server is banned, as its row has it. */
export function proofOf(evidence: Evidence): Details {
  const {kind: proof} = evidence;
  switch (evidence.kind) {
    case 'wrong-file':
      return {proof, detail: traceText(evidence.file)};
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
