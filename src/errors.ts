/**
 * The one error class of fdl. Its code is a closed union; the table says for each code how the command line ends.
 * What a peer said is never put into `message` raw: callers escape it (terminal/escape.ts) or keep it out.
 */

/** Exit code and, for documentation and scripts, what the code means. Highest `exit` group wins: see `worstOf`. */
const CODES = {
  unexpected: {exit: 1, rank: 1},
  usage: {exit: 2, rank: 2},
  'servers-file-missing': {exit: 2, rank: 2},
  'servers-file-empty': {exit: 2, rank: 2},
  'servers-file-invalid': {exit: 2, rank: 2},
  'name-invalid': {exit: 2, rank: 2},
  'port-in-use': {exit: 2, rank: 2},
  'folder-missing': {exit: 2, rank: 2},
  /** A local file or folder named by the user cannot be read or is of another kind. */
  'path-unsuitable': {exit: 2, rank: 2},
  /** A manifest or index.json that proves nothing: damaged, of another format, too large. */
  'manifest-invalid': {exit: 2, rank: 2},
  'no-server-reachable': {exit: 3, rank: 3},
  'servers-lost': {exit: 3, rank: 3},
  'file-not-found': {exit: 4, rank: 4},
  'fragments-missing': {exit: 4, rank: 4},
  'content-unverifiable': {exit: 6, rank: 5},
  /** A local file or fragment has other content than it should. */
  'content-differs': {exit: 6, rank: 5},
  'sha256-mismatch': {exit: 6, rank: 5},
  'servers-disagree': {exit: 5, rank: 6},
  'pin-mismatch': {exit: 5, rank: 6},
  'file-replaced': {exit: 5, rank: 6},
  'output-exists': {exit: 8, rank: 7},
  'output-in-use': {exit: 8, rank: 7},
  'output-unsuitable': {exit: 8, rank: 7},
  'disk-full': {exit: 7, rank: 8},
  'disk-failed': {exit: 7, rank: 8},
  /** The place may not be written to: a read-only file system, no permission. */
  'disk-unwritable': {exit: 7, rank: 8},
  interrupted: {exit: 130, rank: 9},
  /** A peer broke the protocol. Stays inside: it becomes evidence against a server, or closes a session. */
  'protocol-violation': {exit: 6, rank: 5},
} as const satisfies Record<string, {exit: number; rank: number}>;

export type FdlErrorCode = keyof typeof CODES;

export interface FdlErrorOptions {
  /** What the user can do next: one sentence, shown below the message. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An operating error that fdl foresaw: `code` says which, `hint` what to do. Anything else thrown is a bug. */
export class FdlError extends Error {
  override readonly name = 'FdlError';
  readonly code: FdlErrorCode;
  readonly hint: string | undefined;

  constructor(code: FdlErrorCode, message: string, options: FdlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.code = code;
    this.hint = options.hint;
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): number {
    return CODES[this.code].exit;
  }
}

/** Any thrown value as an FdlError; what fdl did not foresee becomes `unexpected` with its cause. */
export function asFdlError(value: unknown): FdlError {
  if (value instanceof FdlError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new FdlError('unexpected', message, {cause: value});
}

/** Of several errors the one that decides the exit code (docs: README, "Exit codes"). */
export function worstOf(errors: readonly FdlError[]): FdlError | undefined {
  return errors.reduce<FdlError | undefined>(
    (worst, error) =>
      worst === undefined || CODES[error.code].rank > CODES[worst.code].rank ? error : worst,
    undefined,
  );
}
