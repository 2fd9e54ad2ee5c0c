/**
 * The numbers that stand for things in a trace: none is used twice, also where several downloads write into one trace,
 * each of which counts its connections and fetches from the same number on.
 */

/** Counts over a whole trace. */
export class Numbers {
  #actors = 0;
  #connections = 0;
  #tickets = 0;

  actor(): number {
    return this.#actors++;
  }

  connection(): number {
    return this.#connections++;
  }

  /** Of a fetch or a bundle, from 1. */
  ticket(): number {
    return ++this.#tickets;
  }
}

/** What the numbers that a download has for itself are in its trace. */
export class OwnNumbers {
  readonly #numbers: Numbers;
  /** By the download's own number. */
  readonly #servers: readonly number[];
  readonly #connections: number[] = [];
  readonly #tickets = new Map<number, number>();

  /** `servers`: what each of its servers is in the trace. */
  constructor(numbers: Numbers, servers: readonly number[]) {
    this.#numbers = numbers;
    this.#servers = servers;
  }

  readonly server = (own: number): number => this.#servers[own] ?? own;

  connection(own: number): number {
    const known = this.#connections[own] ?? this.#numbers.connection();
    this.#connections[own] = known;
    return known;
  }

  ticket(own: number): number {
    const known = this.#tickets.get(own) ?? this.#numbers.ticket();
    this.#tickets.set(own, known);
    return known;
  }

  /** A fetch has ended: it is not spoken of any more. */
  endTicket(own: number): number {
    const ticket = this.ticket(own);
    this.#tickets.delete(own);
    return ticket;
  }
}
