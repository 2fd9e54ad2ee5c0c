/** The top of the page: what is looked at, how far it is, and whether what is shown is fresh. */

import {formatBytes, formatPercent, formatRate, formatWait} from '../../../units.js';
import type {Moment, SetMoment} from '../model/moment.js';
import type {Feed} from '../model/queries.js';
import {stageWords} from '../overview/progress.js';
import {feed, moment} from '../store.js';
import {FileChooser} from './file-chooser.js';
import {switchTheme, theme} from './theme.js';

export function Header() {
  const known = feed.value;
  const now = moment.value;
  return (
    <header class="top">
      <span class="top-brand" aria-hidden="true">
        fdl
      </span>
      <div class="top-what">
        <h1 class="top-name" title={titleOf(known, now)}>
          {titleOf(known, now)}
        </h1>
        <p class="top-about">{aboutOf(known, now)}</p>
      </div>
      <FileChooser />
      {now !== null && <Progress moment={now} />}
      {known !== null && <FeedState feed={known} />}
      <button
        type="button"
        class="icon-button"
        aria-label={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
        title={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
        onClick={switchTheme}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
        </svg>
      </button>
    </header>
  );
}

function titleOf(known: Feed | null, now: Moment | null): string {
  if (now?.file != null) return now.file.name;
  if (now?.set != null) return now.set.wanted.length === 1 ? (now.set.wanted[0] ?? '') : 'several files';
  if (now?.serve != null) return now.serve.folder;
  return known?.name ?? 'fdl';
}

function aboutOf(known: Feed | null, now: Moment | null): string {
  if (known === null) return 'waiting for the first rows';
  const what = known.command === 'serve' ? 'server' : 'download';
  const how = known.mode === 'recorded' ? `recorded ${what}` : `live ${what}`;
  if (now === null) return how;
  const servers = now.servers.length;
  const of = servers === 0 ? '' : `, ${servers} ${servers === 1 ? 'server' : 'servers'}`;
  return `${how}${of}, started ${localTime(now.header.startedAt)}`;
}

function localTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString();
}

function Progress({moment: {totals, file, end, serve, set, t}}: {readonly moment: Moment}) {
  if (serve !== null)
    return (
      <dl class="top-figures">
        <Figure name="Clients" value={String(serve.sessions)} />
        <Figure name="Slots" value={`${serve.slotsInUse} / ${serve.maxTransfers}`} />
        <Figure name="Rate" value={formatRate(serve.bytesPerSecond)} />
      </dl>
    );
  const size = file?.version?.size ?? set?.bytes ?? null;
  const here = totals.storedBytes + totals.resumedBytes;
  const rest = totals.etaMs === null ? '–' : formatWait(totals.etaMs);
  return (
    <dl class="top-figures">
      <Figure
        name="State"
        value={set === null || end !== null ? stageWords({end, file, totals}) : setWords(set)}
      />
      <Figure name="Here" value={size === null ? formatBytes(here) : formatPercent(here, size)} />
      <Figure name="Rate" value={formatRate(totals.bytesPerSecond)} />
      <Figure name={end === null ? 'Left' : 'Took'} value={end === null ? rest : formatWait(end.t ?? t)} />
    </dl>
  );
}

function setWords({files}: SetMoment): string {
  return files === null ? 'asking what there is' : 'downloading';
}

function Figure({name, value}: {readonly name: string; readonly value: string}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const FEED_WORDS: Readonly<Record<Feed['status']['kind'], string>> = {
  connecting: 'connecting',
  loading: 'reading',
  live: 'live',
  reconnecting: 'reconnecting',
  ended: 'ended',
  failed: 'failed',
};

/** In words, with a sign of its own shape. */
function FeedState({feed: {status, mode, bytes, bytesTotal}}: {readonly feed: Feed}) {
  const isRead = mode === 'recorded' && status.kind === 'ended';
  const percent =
    status.kind === 'loading' && bytesTotal !== null ? ` ${formatPercent(bytes, bytesTotal)}` : '';
  return (
    <p class="feed-state" data-kind={isRead ? 'recorded' : status.kind} role="status" data-testid="feed">
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {status.kind === 'live' && <circle cx="6" cy="6" r="5" />}
        {(status.kind === 'ended' || isRead) && <rect x="1.5" y="1.5" width="9" height="9" rx="1" />}
        {status.kind === 'failed' && <path d="M6 0 12 11H0z" />}
        {['connecting', 'loading', 'reconnecting'].includes(status.kind) && (
          <circle cx="6" cy="6" r="4" class="feed-ring" />
        )}
      </svg>
      {isRead ? 'recorded' : FEED_WORDS[status.kind]}
      {percent}
    </p>
  );
}
