/** Reports for the tests of views: a download in the middle, and servers in any state. */

import type {
  DownloadResult,
  Progress,
  ServerActivity,
  ServerProgress,
  ServerReport,
} from '../../src/report.js';

export const AT_MS = 50_000;

export function progressOf(changes: Partial<Progress> = {}): Progress {
  return {
    phase: 'downloading',
    file: 'x.zip',
    size: 2_684_354_560,
    doneBytes: 1_100_000_000,
    resumedBytes: 0,
    uncheckedBytes: 0,
    hashedBytes: 0,
    wastedBytes: 0,
    bytesPerSecond: 312_000_000,
    elapsedMs: 3_500,
    remainingMs: 5_077,
    atMs: AT_MS,
    servers: [],
    ...changes,
  };
}

export function serverOf(
  port: number,
  activity: ServerActivity,
  changes: Partial<ServerProgress> = {},
): ServerProgress {
  return {
    address: `127.0.0.1:${port}`,
    activity,
    connections: activity.kind === 'transferring' ? 1 : 0,
    bytesPerSecond: 0,
    bytes: 0,
    blocks: 0,
    busyReplies: 0,
    errors: 0,
    ...changes,
  };
}

export const WRONG_BLOCK = {
  kind: 'wrong-block',
  fragment: 2,
  block: 17,
  expected: 'c'.repeat(64),
  received: 'd'.repeat(64),
} as const;

export function resultOf(changes: Partial<DownloadResult> = {}): DownloadResult {
  return {
    file: 'x.zip',
    output: 'x.zip',
    bytes: 2_684_354_560,
    root: 'a'.repeat(64),
    sha256: 'b'.repeat(64),
    sha256Verified: false,
    elapsedMs: 8_600,
    bytesPerSecond: 312_000_000,
    resumedBytes: 0,
    storedBytes: 2_684_354_560,
    receivedBytes: 2_684_354_560,
    wastedBytes: 0,
    servers: [],
    ...changes,
  };
}

export function serverReportOf(address: string, changes: Partial<ServerReport> = {}): ServerReport {
  return {
    address,
    bytes: 0,
    blocks: 0,
    busyReplies: 0,
    errors: 0,
    banned: null,
    otherVersion: null,
    ...changes,
  };
}
