/** What a download, or a set of several, was asked for and from whom, as rows. */

import {availableParallelism} from 'node:os';
import {SLABS, TRACE_WORDS_MAX, WORKERS_MAX} from '../../limits.js';
import type {PlanOptions} from '../../machines/plan/plan.js';
import type {Geometry, ServerEntry} from '../../model.js';
import type {RowOf} from '../../trace/rows.js';
import {traceText} from './redact.js';

/** What is here to do it with. */
const HERE = {slabs: SLABS, threads: Math.min(WORKERS_MAX, availableParallelism())};

/** What a single file and a set have in common. */
export interface Given {
  /** As given; null: not. */
  readonly output: string | null;
  readonly limitBytesPerSecond: number | null;
}

export function downloadRow(
  t: number,
  {file, addresses, connectionsMax, giveUpAfterMs, geometry, pin}: PlanOptions,
  {output, limitBytesPerSecond}: Given,
): RowOf<'download'> {
  return {
    t,
    k: 'download',
    file,
    output: output === null ? null : traceText(output),
    servers: addresses.length,
    connections: connectionsMax,
    limitBytesPerSecond,
    giveUpAfterMs,
    root: pin.root,
    sha256: pin.sha256,
    ...HERE,
    ...geometry,
  };
}

/** What a set was told. */
export interface SetGiven extends Given {
  /** Names, patterns and folders. */
  readonly words: readonly string[];
  readonly all: boolean;
  readonly servers: readonly ServerEntry[];
  readonly connections: number;
  readonly giveUpAfterMs: number | null;
  readonly geometry: Geometry;
}

export function setRow(t: number, given: SetGiven): RowOf<'set'> {
  const {words, all, output, servers, connections, limitBytesPerSecond, giveUpAfterMs, geometry} = given;
  return {
    t,
    k: 'set',
    wanted: words.slice(0, TRACE_WORDS_MAX).map(traceText),
    words: words.length,
    all,
    output: output === null ? null : traceText(output),
    servers: servers.length,
    connections,
    limitBytesPerSecond,
    giveUpAfterMs,
    ...HERE,
    ...geometry,
  };
}

/** One for each server, in the order of the list. */
export function addressRows(
  t: number,
  addresses: readonly string[],
  servers: readonly Pick<ServerEntry, 'role' | 'limitBytesPerSecond'>[],
): RowOf<'address'>[] {
  return addresses.map((address, server) => {
    const {role = 'usual', limitBytesPerSecond: limit} = servers[server] ?? {};
    return {
      t,
      k: 'address',
      server,
      address,
      ...(role !== 'usual' && {role}),
      ...(limit !== undefined && {limitBytesPerSecond: limit}),
    };
  });
}
