/** What is to be known of any process of ours, under the names that Prometheus clients share. */

import {readdir, readFile} from 'node:fs/promises';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {memoryUsage, resourceUsage, uptime, version} from 'node:process';
import {LAG_RESOLUTION_MS} from '../../limits.js';
import {VERSION as PROTOCOL} from '../../protocol/messages.js';
import {counter, type Family, gauge} from './exposition.js';
import {packageVersion} from './package-version.js';

const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

export interface ProcessWatch {
  families(): Promise<Family[]>;
  stop(): void;
}

/** Starts to watch the event loop. */
export function watchProcess(): ProcessWatch {
  const delay = monitorEventLoopDelay({resolution: LAG_RESOLUTION_MS});
  delay.enable();
  const startedSeconds = Date.now() / 1_000 - uptime();
  return {
    async families() {
      const {userCPUTime, systemCPUTime, maxRSS} = resourceUsage();
      const {rss, heapUsed} = memoryUsage();
      const families = [
        await buildInfo(),
        counter(
          'process_cpu_seconds_total',
          'Processor time used, all threads together',
          (userCPUTime + systemCPUTime) / MICROSECONDS,
        ),
        gauge('process_resident_memory_bytes', 'Resident memory', rss),
        gauge('process_resident_memory_max_bytes', 'Largest resident memory so far', maxRSS * 1_024),
        gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use', heapUsed),
        gauge('process_start_time_seconds', 'Start of the process, since 1970', startedSeconds),
        ...(await descriptorFamilies()),
        ...delayFamilies(delay),
      ];
      delay.reset();
      return families;
    },
    stop: () => void delay.disable(),
  };
}

async function buildInfo(): Promise<Family> {
  const labels = {version: await packageVersion(), protocol: `fdl/${PROTOCOL}`, node: version};
  return {
    name: 'fdl_build_info',
    type: 'gauge',
    help: 'What runs here; always 1',
    samples: [{labels, value: 1}],
  };
}

/** Nothing is known before the first sample; what is measured contains the time between two looks. */
function delayFamilies(delay: ReturnType<typeof monitorEventLoopDelay>): Family[] {
  const lag = (nanoseconds: number) =>
    delay.count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - LAG_RESOLUTION_MS / 1_000);
  return [
    gauge(
      'nodejs_eventloop_lag_mean_seconds',
      'Mean lag of the event loop since the last look',
      lag(delay.mean),
    ),
    gauge('nodejs_eventloop_lag_p99_seconds', '99th percentile of that lag', lag(delay.percentile(99))),
    gauge(
      'nodejs_eventloop_lag_max_seconds',
      'Longest lag of the event loop since the last look',
      lag(delay.max),
    ),
  ];
}

/** Only Linux tells; elsewhere there are none. */
async function descriptorFamilies(): Promise<Family[]> {
  try {
    const [open, limits] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
    ]);
    const max = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return [
      gauge('process_open_fds', 'Open file descriptors', open.length),
      ...(max === undefined
        ? []
        : [gauge('process_max_fds', 'File descriptors that may be open', Number(max))]),
    ];
  } catch {
    return [];
  }
}
