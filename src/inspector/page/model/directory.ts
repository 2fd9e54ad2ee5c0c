/** Who the numbers in rows are, over the whole trace: it only grows, so any row can be put into words at any moment. */

import type {TraceRow} from '../../../trace/rows.js';

interface KnownActor {
  readonly name: string;
  readonly connection: number | null;
  readonly session: number | null;
}

/** What a row is about. */
export interface Subject {
  /** Number of a server of a download; -1: none. */
  readonly server: number;
  /** The actor that did it, or that was told; -1: none. */
  readonly actor: number;
  /** Of a `say` the actor that said it; -1: none, or somebody outside. */
  readonly from: number;
  /** Number of a client of a server; -1: none. */
  readonly session: number;
}

export class Directory {
  readonly #addresses: string[] = [];
  readonly #serverOf = new Map<number, number>();
  readonly #actors = new Map<number, KnownActor>();
  /** The last actor that was about a connection, or a client. */
  readonly #actorOfConnection = new Map<number, number>();
  readonly #actorOfSession = new Map<number, number>();
  readonly #peers = new Map<number, string>();

  take(row: TraceRow): void {
    switch (row.k) {
      case 'address':
        this.#addresses[row.server] = row.address;
        return;
      case 'dial':
        this.#serverOf.set(row.connection, row.server);
        return;
      case 'session':
        this.#peers.set(row.session, row.peer);
        return;
      case 'start': {
        const {actor, name, connection = null, session = null, machine} = row;
        this.#actors.set(actor, {name, connection, session});
        if (machine === null) return;
        if (connection !== null) this.#actorOfConnection.set(connection, actor);
        if (session !== null) this.#actorOfSession.set(session, actor);
        return;
      }
    }
  }

  address(server: number): string {
    return this.#addresses[server] ?? `server ${server}`;
  }

  /** The server of a connection; -1: it was never dialled. */
  serverOf(connection: number): number {
    return this.#serverOf.get(connection) ?? -1;
  }

  actorName(actor: number): string {
    return this.#actors.get(actor)?.name ?? `actor ${actor}`;
  }

  peer(session: number): string {
    return this.#peers.get(session) ?? `client ${session}`;
  }

  subjectOf(row: TraceRow): Subject {
    switch (row.k) {
      case 'start':
      case 'stop':
      case 'move':
      case 'context':
        return this.#ofActor(row.actor, -1);
      case 'say':
        return this.#ofActor(row.to, row.from ?? -1);
      case 'sum':
      case 'server':
      case 'address':
      case 'offers':
        return {...NOBODY, server: row.server};
    }
    if ('connection' in row && typeof row.connection === 'number') return this.#ofConnection(row.connection);
    if ('session' in row && typeof row.session === 'number')
      return {...NOBODY, session: row.session, actor: this.#actorOfSession.get(row.session) ?? -1};
    return NOBODY;
  }

  #ofActor(actor: number, from: number): Subject {
    const known = this.#actors.get(actor);
    const {connection = null, session = null} = known ?? {};
    return {
      actor,
      from,
      server: connection === null ? -1 : this.serverOf(connection),
      session: session ?? -1,
    };
  }

  #ofConnection(connection: number): Subject {
    const actor = this.#actorOfConnection.get(connection) ?? -1;
    return {actor, from: -1, server: this.serverOf(connection), session: -1};
  }
}

const NOBODY: Subject = {server: -1, actor: -1, from: -1, session: -1};
