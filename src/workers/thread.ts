/**
 * What a worker thread runs, through thread-entry.cts: one function for all tasks, so that everything is loaded at its
 * start and a file that cannot be loaded shows at once. Plain data in, plain data out; imports nothing of actors or
 * machines.
 */

import {checkBlock} from './check-block.js';
import {checkFiles} from './check-files.js';
import {copyBlock} from './copy-block.js';
import {hashFile} from './hash-file.js';
import {joinFragment} from './join-fragment.js';
import {splitFragment} from './split-fragment.js';
import {storeBlock} from './store-block.js';
import {storeFiles} from './store-files.js';

/** Every task by its name. A task takes one plain object; what can go wrong is part of its result. */
const TASKS = {
  'self-test': (task: {readonly echo: number}): {readonly echo: number} => ({echo: task.echo}),
  'store-block': storeBlock,
  'check-block': checkBlock,
  'copy-block': copyBlock,
  'hash-file': hashFile,
  'split-fragment': splitFragment,
  'store-files': storeFiles,
  'check-files': checkFiles,
  'join-fragment': joinFragment,
};

export type TaskTable = typeof TASKS;
export type TaskName = keyof TaskTable;

export interface Envelope<N extends TaskName = TaskName> {
  readonly name: N;
  readonly task: Parameters<TaskTable[N]>[0];
}

export type Reply<N extends TaskName = TaskName> =
  | {readonly ok: true; readonly result: Awaited<ReturnType<TaskTable[N]>>}
  /** A bug: what a task foresees is in its result. */
  | {readonly ok: false; readonly message: string};

export default async function runTask(envelope: Envelope): Promise<Reply> {
  try {
    const run = TASKS[envelope.name] as (
      task: Envelope['task'],
    ) => Reply extends {result: infer R} ? R : never;
    return {ok: true, result: await run(envelope.task)};
  } catch (error) {
    return {ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error)};
  }
}
