/** What a server of files knows of itself, row by row: its folder, its clients, what it gave them. */

import type {RowOf, TraceRow} from '../../../trace/rows.js';
import type {LaneSink} from './fleet.js';
import {
  CLIENT_DOINGS,
  type ClientDoing,
  type ClientMoment,
  type OfferedFile,
  type ServeMoment,
} from './moment.js';

/** Clients that are gone: so many are kept. */
const GONE_KEPT = 100;
/** After so long without anything sent, a client is merely connected. */
const QUIET_AFTER_MS = 1_000;
/** Files that are told of; a folder may have thousands. */
const FILES_MAX = 2_000;

type Facts = {-readonly [K in keyof Omit<ServeMoment, 'clients' | 'files' | 'sessions'>]: ServeMoment[K]};
type Client = ClientMoment & {readonly lastSentMs: number};

const NOTHING: Facts = {
  folder: '',
  addresses: [],
  maxTransfers: 0,
  limitBytesPerSecond: null,
  inPlace: false,
  slotsInUse: 0,
  isDraining: false,
  servedBytes: 0,
  bytesPerSecond: 0,
  busyReplies: 0,
  refusedConnections: 0,
  indexing: null,
};

export class Serving {
  readonly #facts: Facts;
  /** Entries are replaced, never changed: copies share them. */
  #clients = new Map<number, Client>();
  #gone: number[] = [];
  #files = new Map<string, OfferedFile>();
  #loadMs = 0;
  #loadTold = 0;

  constructor(facts: Facts = NOTHING) {
    this.#facts = {...facts};
  }

  clone(): Serving {
    const copy = new Serving(this.#facts);
    copy.#clients = new Map(this.#clients);
    copy.#gone = this.#gone.slice();
    copy.#files = new Map(this.#files);
    copy.#loadMs = this.#loadMs;
    copy.#loadTold = this.#loadTold;
    return copy;
  }

  take(row: TraceRow, sink: LaneSink | null): void {
    const facts = this.#facts;
    switch (row.k) {
      case 'serve': {
        const {folder, maxTransfers, limitBytesPerSecond, inPlace} = row;
        Object.assign(facts, {folder, maxTransfers, limitBytesPerSecond, inPlace});
        return;
      }
      case 'listening':
        facts.addresses = [...facts.addresses, row.address];
        return;
      case 'file':
        return this.#takeFile(row);
      case 'indexing':
        facts.indexing =
          row.files === 0 ? null : {files: row.files, doneBytes: row.doneBytes, totalBytes: row.totalBytes};
        return;
      case 'session':
        return this.#takeSession(row, sink);
      case 'slot':
        return this.#takeSlot(row, sink);
      case 'served':
        return this.#takeServed(row, sink);
      case 'closed':
        return this.#takeClosed(row, sink);
      case 'refused':
        facts.refusedConnections += row.times ?? 1;
        return;
      case 'load':
        return this.#takeLoad(row);
      case 'drain':
        facts.isDraining = true;
        return;
    }
  }

  moment(t: number): ServeMoment {
    const all = [...this.#clients.values()];
    const clients = all.map(({lastSentMs, ...client}): ClientMoment => {
      const isQuiet = client.doing === 'sending' && t - lastSentMs > QUIET_AFTER_MS;
      return isQuiet ? {...client, doing: 'connected', sinceMs: lastSentMs} : client;
    });
    const isQuiet = t - this.#loadTold > 2 * QUIET_AFTER_MS;
    return {
      ...this.#facts,
      bytesPerSecond: isQuiet ? 0 : this.#facts.bytesPerSecond,
      sessions: all.filter(({closed}) => closed === null).length,
      clients,
      files: [...this.#files.values()],
    };
  }

  #takeFile(row: RowOf<'file'>): void {
    const known = this.#files.get(row.name);
    if (known === undefined && this.#files.size >= FILES_MAX) return;
    const {
      name,
      is,
      t: sinceMs,
      size = null,
      root = null,
      fragments = null,
      here = null,
      reason = null,
    } = row;
    const servedBytes = known?.servedBytes ?? 0;
    this.#files.set(name, {name, is, sinceMs, size, root, fragments, here, reason, servedBytes});
  }

  #takeSession({t, session, peer}: RowOf<'session'>, sink: LaneSink | null): void {
    sink?.label(session, peer);
    this.#clients.set(session, {
      session,
      peer,
      connectedMs: t,
      doing: 'connected',
      sinceMs: t,
      untilMs: null,
      bytes: 0,
      fetches: 0,
      busyReplies: 0,
      errors: 0,
      lastFetch: null,
      closed: null,
      lastSentMs: t,
    });
    sink?.doing(session, t, CLIENT_DOINGS.indexOf('connected'));
  }

  #takeSlot(
    {t, session, granted, inUse, retryAfterMs, times = 1}: RowOf<'slot'>,
    sink: LaneSink | null,
  ): void {
    this.#facts.slotsInUse = inUse;
    const client = this.#clients.get(session);
    if (!granted) this.#facts.busyReplies += times;
    if (client === undefined) return;
    const busyReplies = client.busyReplies + (granted ? 0 : times);
    const untilMs = granted || retryAfterMs === undefined ? null : t + retryAfterMs;
    const doing = granted ? 'sending' : 'refused';
    this.#set({...client, busyReplies, untilMs, lastSentMs: t}, doing, t, sink);
  }

  #takeServed(row: RowOf<'served'>, sink: LaneSink | null): void {
    const {t, session, bytes, how, elapsedMs, name, times = 1} = row;
    this.#facts.servedBytes += bytes;
    const file = name === undefined ? undefined : this.#files.get(name);
    if (file !== undefined) this.#files.set(file.name, {...file, servedBytes: file.servedBytes + bytes});
    const client = this.#clients.get(session);
    if (client === undefined) return;
    const beganMs = Math.max(client.connectedMs, t - elapsedMs);
    if (client.doing === 'sending' && beganMs - client.lastSentMs > QUIET_AFTER_MS)
      sink?.doing(session, client.lastSentMs, CLIENT_DOINGS.indexOf('connected'));
    if (bytes > 0) sink?.brought(session, beganMs, t, bytes);
    const told = {
      ...client,
      bytes: client.bytes + bytes,
      fetches: client.fetches + times,
      errors: client.errors + (how === 'error' ? times : 0),
      lastFetch: wordsOf(row),
    };
    if (bytes > 0) this.#set({...told, lastSentMs: t, untilMs: null}, 'sending', beganMs, sink);
    else this.#clients.set(session, told);
  }

  #takeClosed({t, session, reason, bytes, busyReplies}: RowOf<'closed'>, sink: LaneSink | null): void {
    const client = this.#clients.get(session);
    if (client === undefined) return;
    this.#set({...client, bytes, busyReplies, untilMs: null, closed: {t, reason}}, 'gone', t, sink);
    this.#gone.push(session);
    const oldest = this.#gone.length > GONE_KEPT ? this.#gone.shift() : undefined;
    if (oldest !== undefined) this.#clients.delete(oldest);
  }

  #takeLoad({t, inUse, bytes}: RowOf<'load'>): void {
    // The first one after a pause tells of a second at most.
    const elapsedMs = Math.min(1_000, Math.max(1, t - this.#loadMs));
    this.#loadMs = t;
    this.#loadTold = t;
    this.#facts.slotsInUse = inUse;
    this.#facts.bytesPerSecond = (bytes / elapsedMs) * 1_000;
  }

  #set(client: Client, doing: ClientDoing, t: number, sink: LaneSink | null): void {
    const sinceMs = client.doing === doing ? client.sinceMs : t;
    this.#clients.set(client.session, {...client, doing, sinceMs});
    sink?.doing(client.session, t, CLIENT_DOINGS.indexOf(doing));
  }
}

function wordsOf({name, fragment, first = 0, count = 0, files}: RowOf<'served'>): string {
  if (files !== undefined) return `a bundle of ${files} files`;
  return `${name ?? 'a file'}, fragment ${fragment ?? '?'}, blocks ${first}–${Math.max(first, first + count - 1)}`;
}
