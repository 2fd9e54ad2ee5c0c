/** The overview of a server: what it sends, who its clients are, and what it offers. */

import {formatBytes, formatCount, formatPercent, formatRate, formatWait} from '../../../units.js';
import type {ClientMoment, OfferedFile, ServeMoment} from '../model/moment.js';
import {type Column, LaneList} from './lane-list.js';
import {CLIENT_LOOKS} from './looks.js';
import {StateMark} from './mark.js';
import {Part} from './part.js';
import type {Figure} from './progress.js';
import {Address, Count, useMinute} from './server-lanes.js';
import {Sparkline} from './sparkline.js';
import {Figures} from './totals.js';

interface ServeProps {
  readonly serve: ServeMoment;
  readonly t: number;
}

export function ServeOverview({serve, t}: ServeProps) {
  return (
    <div class="overview">
      <ServeTotals serve={serve} />
      <Files serve={serve} />
      <Clients serve={serve} t={t} />
    </div>
  );
}

function ServeTotals({serve}: {readonly serve: ServeMoment}) {
  const figures: Figure[] = [
    {name: 'rate', value: formatRate(serve.bytesPerSecond), about: 'given to sockets in the last second'},
    {name: 'sent', value: formatBytes(serve.servedBytes), about: 'given to sockets so far'},
    {name: 'clients', value: String(serve.sessions), about: 'connected now'},
    {name: 'told to wait', value: String(serve.busyReplies), about: 'busy replies so far'},
    {
      name: 'turned away',
      value: String(serve.refusedConnections),
      about: 'connections that failed before they were clients',
    },
  ];
  const limit = serve.limitBytesPerSecond;
  return (
    <section class="card totals" aria-label="Totals">
      <header class="totals-head">
        <h2 class="totals-name" title={serve.folder}>
          {serve.folder}
        </h2>
        <p class="totals-stage">{serve.isDraining ? 'ending' : 'serving'}</p>
        <p class="totals-of">
          {serve.addresses.join(', ')}
          {limit !== null && `, at most ${formatRate(limit)}`}
        </p>
      </header>
      <Slots inUse={serve.slotsInUse} slots={serve.maxTransfers} />
      <Figures figures={figures} />
    </section>
  );
}

/** Beyond so many a bar says it as well. */
const PIPS_MAX = 64;

function Slots({inUse, slots}: {readonly inUse: number; readonly slots: number}) {
  const words = `${inUse} of ${slots} slots taken`;
  return (
    <div class="slots">
      <div class="pips" role="img" aria-label={words}>
        {slots <= PIPS_MAX &&
          Array.from({length: slots}, (_, slot) => <span key={slot} class="pip" data-taken={slot < inUse} />)}
      </div>
      <span>{words}</span>
    </div>
  );
}

const CLIENT_COLUMNS: readonly Column[] = [
  {name: 'server', title: 'client'},
  {name: 'state', title: 'state'},
  {name: 'rate', title: 'rate, last minute'},
  {name: 'share', title: 'sent'},
  {name: 'busy', title: 'busy'},
  {name: 'errors', title: 'errors'},
  {name: 'links', title: 'fetches'},
];

function Clients({serve, t}: ServeProps) {
  const rates = useMinute(t);
  return (
    <section class="card" aria-label="Clients">
      <header class="card-head">
        <h2>Clients</h2>
        <p class="card-note">{formatCount(serve.sessions, 'client')} connected</p>
      </header>
      {serve.clients.length === 0 ? (
        <p class="empty">Nobody has connected yet.</p>
      ) : (
        <LaneList
          label="Clients"
          noun="client"
          columns={CLIENT_COLUMNS}
          items={serve.clients}
          ranked={livingFirst}
          render={(client, row) => (
            <ClientLane
              key={client.session}
              row={row}
              client={client}
              t={t}
              sentBytes={serve.servedBytes}
              rates={rates.of(client.session)}
              top={rates.top}
            />
          )}
        />
      )}
    </section>
  );
}

function livingFirst(clients: readonly ClientMoment[]): ClientMoment[] {
  return [...clients].sort(
    (a, b) => Number(a.closed !== null) - Number(b.closed !== null) || a.session - b.session,
  );
}

interface ClientLaneProps {
  readonly row: number;
  readonly client: ClientMoment;
  readonly t: number;
  readonly sentBytes: number;
  readonly rates: ArrayLike<number>;
  readonly top: number;
}

function ClientLane({row, client, t, sentBytes, rates, top}: ClientLaneProps) {
  const detail = clientDetail(client, t);
  const rate = rates[rates.length - 1] ?? 0;
  return (
    <Part class="lane" role="row" aria-rowindex={row + 2} data-doing={client.doing}>
      <Part role="cell" class="lane-server">
        <Address text={client.peer} />
      </Part>
      <Part role="cell" class="lane-state">
        <StateMark look={CLIENT_LOOKS[client.doing]} />
        <span class="lane-detail" title={detail}>
          {detail}
        </span>
      </Part>
      <Part role="cell" class="lane-rate">
        <Sparkline rates={rates} top={top} isEmpty={client.bytes === 0 || rates.length === 0} />
        <span class="lane-number">{rate > 0 ? formatRate(rate) : '–'}</span>
      </Part>
      <Part role="cell" class="lane-share">
        <span class="lane-number">{client.bytes === 0 ? '–' : formatBytes(client.bytes)}</span>
        <span class="share-bar" aria-hidden="true">
          <span style={{width: `${sentBytes === 0 ? 0 : (client.bytes / sentBytes) * 100}%`}} />
        </span>
      </Part>
      <Count name="busy" title="busy" count={client.busyReplies} />
      <Count name="errors" title="errors" count={client.errors} />
      <Count name="links" title="fetches" count={client.fetches} />
    </Part>
  );
}

function clientDetail({doing, untilMs, lastFetch, closed}: ClientMoment, t: number): string {
  if (closed !== null) return closed.reason;
  if (doing === 'refused' && untilMs !== null && untilMs > t)
    return `may come back in ${formatWait(untilMs - t)}`;
  return lastFetch ?? '';
}

const FILE_WORDS: Readonly<Record<OfferedFile['is'], string>> = {
  ready: 'ready',
  withdrawn: 'withdrawn',
  skipped: 'not offered',
  failed: 'cannot be offered',
  elsewhere: 'indexed by another server',
};

function Files({serve}: {readonly serve: ServeMoment}) {
  const {files, indexing} = serve;
  return (
    <section class="card beside" aria-label="Files">
      <header class="card-head">
        <h2>Files</h2>
        <p class="card-note">{formatCount(files.length, 'file')}</p>
      </header>
      {indexing !== null && <Indexing indexing={indexing} />}
      {files.length === 0 && indexing === null && <p class="empty">The folder is empty.</p>}
      <ul class="files">
        {files.slice(0, FILES_MAX).map((file) => (
          <li key={file.name} data-is={file.is}>
            <span class="file-name" title={file.name}>
              {file.name}
            </span>
            <span class="file-about">{aboutFile(file)}</span>
            <span class="file-sent">
              {file.servedBytes === 0 ? '' : `sent ${formatBytes(file.servedBytes)}`}
            </span>
          </li>
        ))}
      </ul>
      {files.length > FILES_MAX && <p class="empty">and {files.length - FILES_MAX} more</p>}
    </section>
  );
}

const FILES_MAX = 200;

function Indexing({indexing}: {readonly indexing: NonNullable<ServeMoment['indexing']>}) {
  const {files, doneBytes, totalBytes} = indexing;
  const share = totalBytes === 0 ? 0 : doneBytes / totalBytes;
  return (
    <div class="indexing">
      <p>
        indexing {formatCount(files, 'file')}: {formatPercent(doneBytes, Math.max(1, totalBytes))}
      </p>
      <div
        class="bar"
        role="progressbar"
        aria-label="Indexing"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
      >
        <div class="bar-part bar-received" style={{width: `${share * 100}%`}} />
      </div>
    </div>
  );
}

function aboutFile({is, size, fragments, here, reason}: OfferedFile): string {
  const parts: string[] = [FILE_WORDS[is]];
  if (size !== null) parts.push(formatBytes(size));
  if (fragments !== null)
    parts.push(
      here === null || here === fragments
        ? formatCount(fragments, 'fragment')
        : `${here} of ${fragments} fragments`,
    );
  if (reason !== null) parts.push(reason);
  return parts.join(', ');
}
