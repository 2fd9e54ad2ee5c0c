/** The part of a socket that a session uses, so that a simulated network can stand in for `node:net`. */
export interface Duplex {
  /** Where the client is; undefined once it is gone. */
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  /** The other side closed its half. */
  on(event: 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  /** `done` is called when these bytes left, or can leave no more: then with an error. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Closes our half after what was written. */
  end(): unknown;
  destroy(): unknown;
}
