/** What a worker says when the disk refused. Errors lose their class and code between threads, so it is data. */

export interface DiskTrouble {
  readonly kind: 'disk';
  /** The system's name of the error: `ENOSPC`, `EIO`, ... */
  readonly code: string;
  readonly message: string;
}

/** An errno error as data; anything else (node's own `ERR_...` too) is a bug and is thrown on. */
export function diskTrouble(error: unknown): DiskTrouble {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    if (!error.code.startsWith('ERR_')) return {kind: 'disk', code: error.code, message: error.message};
  }
  throw error;
}
