/** What happened to the files of a server, as rows. */

import type {TraceRow} from '../../trace/rows.js';
import type {LibraryNotice} from '../server/library-events.js';
import {type Recorder, rounded} from './recorder.js';
import {traceText} from './redact.js';

export function libraryRow(recorder: Recorder, notice: LibraryNotice): TraceRow {
  const t = recorder.now();
  switch (notice.kind) {
    case 'file-ready': {
      const {kind: _, elapsedMs, ...ready} = notice;
      return {t, k: 'file', is: 'ready', ...ready, elapsedMs: rounded(elapsedMs)};
    }
    case 'file-withdrawn':
      return {t, k: 'file', name: notice.name, is: 'withdrawn', reason: notice.reason};
    case 'file-skipped':
      return {t, k: 'file', name: notice.name, is: 'skipped', reason: traceText(notice.reason)};
    case 'file-failed':
      return {t, k: 'file', name: notice.name, is: 'failed', reason: traceText(notice.reason)};
    case 'file-indexed-elsewhere':
      return {t, k: 'file', name: notice.name, is: 'elsewhere'};
    case 'indexing': {
      const {files, doneBytes, totalBytes} = notice;
      return {t, k: 'indexing', files, doneBytes, totalBytes};
    }
    case 'fragment-examined': {
      const {name, fragment, outcome} = notice;
      return {t, k: 'fragment', name, fragment, is: outcome};
    }
    case 'fragment-unreadable': {
      const {name, fragment, reason} = notice;
      return {t, k: 'fragment', name, fragment, is: 'unreadable', reason: traceText(reason)};
    }
    case 'scan-finished':
      return {t, k: 'scan', files: notice.files};
    case 'scan-failed':
      return {t, k: 'scan', reason: traceText(notice.reason)};
  }
}
