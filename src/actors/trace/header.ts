/** The first row of a trace, and the last. */

import {existsSync, readFileSync} from 'node:fs';
import {arch, availableParallelism, platform} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {asFdlError} from '../../errors.js';
import {type RowOf, SCHEMA} from '../../trace/rows.js';
import type {Recorder} from './recorder.js';
import {traceText} from './redact.js';

/** The header; made when the recorder is. */
export function headerRow(command: RowOf<'trace'>['command']): RowOf<'trace'> {
  return {
    t: 0,
    k: 'trace',
    schema: SCHEMA,
    fdl: ownVersion(),
    command,
    startedAt: new Date().toISOString(),
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    cores: availableParallelism(),
  };
}

/** The version in the package.json that this file belongs to. */
function ownVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  const {version} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {version: string};
  return version;
}

/** The end: `error` is what it failed with, null: it did not. */
export function doneRow(recorder: Recorder, error: unknown): RowOf<'done'> {
  const t = recorder.now();
  if (error === null) return {t, k: 'done', how: 'complete'};
  const {code, message} = asFdlError(error);
  const how = code === 'interrupted' ? 'stopped' : 'failed';
  return {t, k: 'done', how, code, message: traceText(message)};
}
