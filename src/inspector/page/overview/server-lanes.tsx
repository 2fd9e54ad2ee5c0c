/** The servers of a download, a lane each. */

import {useMemo} from 'preact/hooks';
import {formatBytes, formatCount, formatRate} from '../../../units.js';
import {useAnswer} from '../connection.js';
import type {Moment, ServerMoment} from '../model/moment.js';
import type {Lanes} from '../model/queries.js';
import {chosenFile, chosenServer} from '../store.js';
import {type Column, LaneList} from './lane-list.js';
import {byInterest, laneIds} from './lane-order.js';
import {serverLook} from './looks.js';
import {StateMark} from './mark.js';
import {Part} from './part.js';
import {sentence, serverDetail, slowWords} from './server-words.js';
import {Sparkline} from './sparkline.js';
import {ServerSwatch} from './swatch.js';

const COLUMNS: readonly Column[] = [
  {name: 'server', title: 'server'},
  {name: 'state', title: 'state'},
  {name: 'rate', title: 'rate, last minute'},
  {name: 'share', title: 'brought'},
  {name: 'busy', title: 'busy'},
  {name: 'errors', title: 'errors'},
  {name: 'links', title: 'conn.'},
];

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const BINS = 60;

export function ServerLanes({moment}: {readonly moment: Moment}) {
  const {servers, t, totals, end} = moment;
  const rates = useMinute(t, laneIds(servers));
  const addressOf = (server: number): string => servers[server]?.address ?? `server ${server + 1}`;
  const quickest = Math.max(0, ...servers.map(({bytesPerSecond}) => bytesPerSecond));
  const detailOf = (server: ServerMoment): string =>
    end === null
      ? sentence(slowWords(server, quickest), serverDetail(server, t, addressOf))
      : serverDetail(server, null, addressOf);
  const working = end === null ? servers.filter(({doing}) => doing === 'transferring').length : 0;
  return (
    <section class="card" aria-label="Servers">
      <header class="card-head">
        <h2>Servers</h2>
        <p class="card-note">
          {formatCount(servers.length, 'server')}
          {end === null && `, ${working} transferring`}
        </p>
      </header>
      <LaneList
        label="Servers"
        noun="server"
        columns={COLUMNS}
        items={servers}
        ranked={byInterest}
        render={(server, row) => (
          <ServerLane
            key={server.server}
            row={row}
            server={server}
            isOver={end !== null}
            detail={detailOf(server)}
            receivedBytes={totals.receivedBytes}
            rates={rates.of(server.server)}
            top={rates.top}
          />
        )}
      />
    </section>
  );
}

interface ServerLaneProps {
  readonly row: number;
  readonly server: ServerMoment;
  readonly isOver: boolean;
  readonly detail: string;
  readonly receivedBytes: number;
  readonly rates: ArrayLike<number>;
  readonly top: number;
}

function ServerLane({row, server, isOver, detail, receivedBytes, rates, top}: ServerLaneProps) {
  const look = serverLook(server, isOver);
  const share = receivedBytes === 0 ? 0 : server.bytes / receivedBytes;
  const isChosen = chosenServer.value === server.server;
  return (
    <Part class="lane" role="row" aria-rowindex={row + 2} data-doing={server.doing} data-chosen={isChosen}>
      <Part role="cell" class="lane-server">
        <button
          type="button"
          class="lane-choose"
          aria-pressed={isChosen}
          title={`${server.address}: show what it brought`}
          onClick={() => {
            chosenServer.value = isChosen ? null : server.server;
          }}
        >
          <ServerSwatch server={server.server} />
          <Address text={server.address} />
        </button>
        {roleWords(server) !== '' && (
          <span class="lane-role" title={roleWords(server)}>
            {roleWords(server)}
          </span>
        )}
      </Part>
      <Part role="cell" class="lane-state">
        <StateMark look={look} />
        <span class="lane-detail" title={detail}>
          {detail}
        </span>
      </Part>
      <Part role="cell" class="lane-rate">
        <Sparkline rates={rates} top={top} isEmpty={server.bytes === 0 || rates.length === 0} />
        <span class="lane-number">
          {server.bytesPerSecond > 0 && !isOver ? formatRate(server.bytesPerSecond) : '–'}
        </span>
      </Part>
      <Part
        role="cell"
        class="lane-share"
        title={`${formatBytes(server.bytes)}, ${server.blocks} blocks in the file`}
      >
        <span class="lane-number">{server.bytes === 0 ? '–' : formatBytes(server.bytes)}</span>
        <span class="share-bar" aria-hidden="true">
          <span style={{width: `${share * 100}%`}} />
        </span>
      </Part>
      <Count name="busy" title="busy" count={server.busyReplies} />
      <Count name="errors" title="errors" count={server.errors} />
      <Count name="links" title="conn." count={server.state === 'open' ? server.connections.length : 0} />
    </Part>
  );
}

interface CountProps {
  readonly name: string;
  readonly title: string;
  readonly count: number;
}

/** A number with its name, which only a phone shows: there the head of the table is not. */
export function Count({name, title, count}: CountProps) {
  return (
    <Part role="cell" class={`lane-${name} lane-count`} data-none={count === 0}>
      <span class="lane-count-name">{title}</span> {count}
    </Part>
  );
}

function roleWords({role, limitBytesPerSecond}: ServerMoment): string {
  const limit = limitBytesPerSecond === null ? '' : `at most ${formatRate(limitBytesPerSecond)}`;
  return [role === 'prefer' ? 'preferred' : (role ?? ''), limit].filter((it) => it !== '').join(', ');
}

/** The end of an address tells servers apart, so it is its beginning that is cut. */
export function Address({text}: {readonly text: string}) {
  const colon = text.lastIndexOf(':');
  return (
    <span class="lane-address" title={text}>
      <span class="address-host">{colon < 0 ? text : text.slice(0, colon)}</span>
      <span>{colon < 0 ? '' : text.slice(colon)}</span>
    </span>
  );
}

interface Minute {
  readonly of: (id: number) => ArrayLike<number>;
  readonly top: number;
}

/** Rates of the last minute by lane, asked for once a second of the trace. */
export function useMinute(t: number, ids?: readonly number[]): Minute {
  const toMs = Math.max(SECOND_MS, Math.ceil(t / SECOND_MS) * SECOND_MS);
  const window = {
    item: chosenFile.value,
    fromMs: Math.max(0, toMs - MINUTE_MS),
    toMs,
    pixels: BINS,
    ...(ids && {ids}),
  };
  const answer = useAnswer('lanes', window, 'minute');
  return useMemo(() => minuteOf(answer), [answer]);
}

const NO_RATES: ArrayLike<number> = [];

function minuteOf(answer: Lanes | null): Minute {
  const rates = new Map(answer?.lanes.map((lane) => [lane.id, lane.rates]));
  let top = 0;
  for (const of of rates.values()) for (const rate of of) top = Math.max(top, rate);
  return {of: (id) => rates.get(id) ?? NO_RATES, top};
}
