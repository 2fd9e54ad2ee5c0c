/** The connections that small files are fetched on, by the numbers that their plan has given them. */

import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {BundleLink} from './bundle-link.js';

export interface OpenLink {
  readonly server: number;
  readonly link: BundleLink;
  /** What was asked for on it and has not ended, by ticket. */
  readonly bundles: Map<number, readonly SmallFile[]>;
}

export class OpenLinks {
  readonly #links = new Map<number, OpenLink>();
  readonly #onCount: (server: number, count: number) => void;

  /** `onCount` is told how many there are to a server whenever that changes. */
  constructor(onCount: (server: number, count: number) => void) {
    this.#onCount = onCount;
  }

  get(connection: number): OpenLink | undefined {
    return this.#links.get(connection);
  }

  add(connection: number, open: OpenLink): void {
    this.#links.set(connection, open);
    this.#count(open.server);
  }

  /** Forgets one, which is the caller's to close or leave then; undefined: it was forgotten before. */
  drop(connection: number): BundleLink | undefined {
    const open = this.#links.get(connection);
    this.#links.delete(connection);
    if (open !== undefined) this.#count(open.server);
    return open?.link;
  }

  /** Leaves all of them to whoever has use for them. */
  leaveAll(): void {
    for (const {link} of this.#links.values()) link.leave();
    this.#links.clear();
  }

  #count(server: number): void {
    let count = 0;
    for (const open of this.#links.values()) if (open.server === server) count++;
    this.#onCount(server, count);
  }
}
