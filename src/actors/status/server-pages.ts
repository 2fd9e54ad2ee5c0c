/** The pages of a server: what it offers, whom it serves, and whether it is ready for more. */

import {SESSIONS_MAX} from '../../limits.js';
import type {Census} from '../../machines/census.js';
import type {ServerLoad, ServerNotice} from '../server/file-server.js';
import type {LibraryStanding} from '../server/library.js';
import type {LibraryNotice} from '../server/library-events.js';
import type {Tally} from '../server/tally.js';
import {byLabel, counter, exposition, type Family, gauge} from './exposition.js';
import type {ProcessWatch} from './process-families.js';
import type {Health, StatusPages} from './status-server.js';

/** What the pages are made of. */
export interface ServerFacts {
  readonly tally: Tally;
  readonly load: () => ServerLoad;
  readonly census: () => Census;
  readonly standing: () => LibraryStanding;
  /** Null: no limit. */
  readonly limitBytesPerSecond: number | null;
  readonly process: ProcessWatch;
}

export interface ServerPages extends StatusPages {
  /** Counts what is told and not tallied. */
  notice(notice: LibraryNotice | ServerNotice): void;
}

interface Told {
  readonly examined: Record<'intact' | 'remade' | 'withdrawn', number>;
  readonly withdrawn: Record<'removed' | 'replaced', number>;
  unreadable: number;
  indexing: {readonly files: number; readonly doneBytes: number; readonly totalBytes: number};
}

export function createServerPages(facts: ServerFacts): ServerPages {
  const told: Told = {
    examined: {intact: 0, remade: 0, withdrawn: 0},
    withdrawn: {removed: 0, replaced: 0},
    unreadable: 0,
    indexing: {files: 0, doneBytes: 0, totalBytes: 0},
  };
  return {
    notice(notice) {
      if (notice.kind === 'fragment-examined') told.examined[notice.outcome] += 1;
      else if (notice.kind === 'file-withdrawn') told.withdrawn[notice.reason] += 1;
      else if (notice.kind === 'fragment-unreadable') told.unreadable += 1;
      else if (notice.kind === 'indexing') told.indexing = notice;
    },
    metrics: async () =>
      exposition([
        ...clientFamilies(facts),
        ...fileFamilies(facts.census(), told),
        ...healthFamilies(facts, told),
        ...(await facts.process.families()),
      ]),
    health: () => healthOf(facts, told),
  };
}

function clientFamilies({tally, load, limitBytesPerSecond}: ServerFacts): Family[] {
  const {sessions, transfers, transfersMax} = load();
  return [
    gauge('fdl_sessions', 'Clients connected', sessions),
    gauge('fdl_sessions_max', 'Clients that may be connected', SESSIONS_MAX),
    counter('fdl_sessions_opened_total', 'Clients that have connected', tally.sessions),
    gauge('fdl_transfers', 'Connections with a slot for transfers', transfers),
    gauge('fdl_transfers_max', 'Slots for transfers', transfersMax),
    counter(
      'fdl_busy_replies_total',
      'Fetches that were refused because all slots were taken',
      tally.busyReplies,
    ),
    counter('fdl_sent_bytes_total', 'Content given to sockets', tally.sentBytes),
    counter('fdl_sent_blocks_total', 'Blocks given to sockets', tally.sentBlocks),
    gauge('fdl_limit_bytes_per_second', 'Limit of all transfers together', limitBytesPerSecond),
    byLabel(
      'counter',
      'fdl_refusals_total',
      'Requests and clients refused, by reason',
      'code',
      tally.refusals,
    ),
    counter('fdl_accept_failures_total', 'Connections lost before they were accepted', tally.acceptFailures),
  ];
}

function fileFamilies(census: Census, told: Told): Family[] {
  const {indexing} = told;
  return [
    gauge('fdl_files_offered', 'Files offered', census.offered),
    gauge('fdl_offered_bytes', 'Size of the files offered', census.offeredBytes),
    gauge('fdl_fragments_offered', 'Fragments of the files offered', census.fragments),
    gauge(
      'fdl_fragments_missing',
      'Fragments of those that are not here or were withdrawn',
      census.fragmentsMissing,
    ),
    byLabel('gauge', 'fdl_files', 'Files in the folder, by what happens to them', 'state', census.files),
    gauge('fdl_indexing_files', 'Files being indexed, or waiting for it', indexing.files),
    gauge(
      'fdl_indexing_done_bytes',
      'Bytes indexed since the last time that none waited',
      indexing.doneBytes / 2,
    ),
    gauge('fdl_indexing_bytes', 'Bytes of those and of what waits', indexing.totalBytes / 2),
    byLabel(
      'counter',
      'fdl_files_withdrawn_total',
      'Files no longer offered, by reason',
      'reason',
      told.withdrawn,
    ),
  ];
}

function healthFamilies(facts: ServerFacts, told: Told): Family[] {
  const examined = 'Fragments hashed again after a report or a failure, by outcome';
  return [
    counter('fdl_block_reports_total', 'Blocks that clients reported as wrong', facts.tally.blockReports),
    byLabel('counter', 'fdl_fragments_examined_total', examined, 'outcome', told.examined),
    counter('fdl_fragment_read_failures_total', 'Fragments that could not be read', told.unreadable),
    gauge(
      'fdl_folder_readable',
      'Whether the last look at the folder went well',
      facts.standing() === 'open' ? 1 : 0,
    ),
    gauge('fdl_draining', 'Whether the server is ending', facts.load().isDraining ? 1 : 0),
  ];
}

/** What is ready is served while the rest is indexed: that is no reason to send clients elsewhere. */
function healthOf({load, standing}: ServerFacts, {indexing}: Told): Health {
  const {sessions, transfers, transfersMax, isDraining} = load();
  const status = isDraining ? 'draining' : STATUS[standing()];
  const {files, doneBytes, totalBytes} = indexing;
  const progress = files === 0 ? null : {files, doneBytes: doneBytes / 2, totalBytes: totalBytes / 2};
  return {
    isReady: status === 'ready',
    body: {status, sessions, transfers, transfersMax, indexing: progress},
  };
}

const STATUS: Readonly<Record<LibraryStanding, string>> = {
  starting: 'starting',
  open: 'ready',
  unreadable: 'folder-unreadable',
};
