/** `--metrics-port` and `--metrics-host`: the flags of a command that can be watched, and the pages of a download. */

import {custom, string} from '@oclif/core/flags';
import type {DownloadWatch} from '../../actors/status/watch-download.js';
import {asFdlError} from '../../errors.js';
import {PORT_MAX} from '../../limits.js';
import {escapeRemote} from '../../terminal/escape.js';
import {parseWhole} from '../parse.js';

const port = custom<number>({parse: async (text) => parseWhole(text, 0, PORT_MAX), helpValue: 'PORT'});

export const metricsFlags = {
  'metrics-port': port({
    env: 'FDL_METRICS_PORT',
    summary: 'offer /metrics (for Prometheus) and /healthz on this port as well',
  }),
  'metrics-host': string({
    default: '127.0.0.1',
    env: 'FDL_METRICS_HOST',
    helpValue: 'ADDRESS',
    summary: 'address for those',
  }),
};

/** As parsed. */
export interface MetricsFlags {
  readonly 'metrics-port'?: number | undefined;
  readonly 'metrics-host': string;
}

/**
 * The pages of a download where the flags ask for them; `say` is told where. A download is not worth less without them:
 * where nobody can listen, that is told, and it goes on.
 */
export async function startDownloadMetrics(
  {'metrics-port': wanted, 'metrics-host': host}: MetricsFlags,
  say: (line: string) => void,
): Promise<DownloadWatch | null> {
  if (wanted === undefined) return null;
  const {watchDownload} = await import('../../actors/status/watch-download.js');
  const {metricsText} = await import('../../terminal/server-lines.js');
  try {
    const watch = await watchDownload({host, port: wanted});
    say(metricsText(watch.address));
    return watch;
  } catch (error) {
    say(`no metrics: ${escapeRemote(asFdlError(error).message)}`);
    return null;
  }
}
