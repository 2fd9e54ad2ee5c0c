/**
 * What a caller hands in runs in the middle of a download, on its timers and in its machines. Nothing there may be
 * broken by it, and nothing it throws may be lost or end the process.
 */

/** What a download may be given of the caller's own. */
interface CallersOwn {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: never) => void;
  readonly onNotice?: (notice: never) => void;
  readonly onTrace?: (row: never) => void;
}

/**
 * Runs `work` with options whose callbacks cannot throw: the first error of a callback stops the download, which then
 * fails with that very error. The signal is one of its own, so any number of downloads can share a signal (node warns
 * of more than ten listeners).
 */
export async function withCallbacks<O extends CallersOwn, R>(
  options: O,
  work: (options: O) => Promise<R>,
): Promise<R> {
  const stop = new AbortController();
  const thrown: unknown[] = [];
  function guarded<A>(callback: (told: A) => void): (told: A) => void {
    return (told) => {
      if (thrown.length > 0) return;
      try {
        callback(told);
      } catch (error) {
        thrown.push(error);
        stop.abort();
      }
    };
  }
  const {signal, onProgress, onNotice, onTrace} = options;
  const safe: O = {
    ...options,
    signal: AbortSignal.any(signal === undefined ? [stop.signal] : [signal, stop.signal]),
    ...(onProgress !== undefined && {onProgress: guarded(onProgress)}),
    ...(onNotice !== undefined && {onNotice: guarded(onNotice)}),
    ...(onTrace !== undefined && {onTrace: guarded(onTrace)}),
  };
  const outcome = await work(safe).then(
    (result) => ({result}),
    (error: unknown) => ({error}),
  );
  if (thrown.length > 0) throw thrown[0];
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}
