/** The part of a process that another one started: what it is told, and what it tells. */

import type {FromProcess, ToProcess} from '../../actors/server-processes/messages.js';

const NUMBER = 'FDL_SERVER_PROCESS';
const INSTANCE = 'FDL_SERVER_INSTANCE';
/** Sent to all processes of a terminal or a unit at once. The parent says what follows from them. */
const PARENTS_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ProcessRole {
  /** From 1 on. */
  readonly number: number;
  /** By which clients know all processes as one server. */
  readonly instanceId: string;
  /** Aborted when the parent asks to finish and end. */
  readonly signal: AbortSignal;
  tell(message: FromProcess): void;
  /** Nothing more will be told; the process may end. */
  leave(): void;
}

/** What makes a process one of several, in its environment. */
export function roleVariables(number: number, instanceId: string): Record<string, string> {
  return {[NUMBER]: String(number), [INSTANCE]: instanceId};
}

/** The role of this process; null: it was started by a user. Without its parent it ends, as node's cluster has it. */
export function processRole(): ProcessRole | null {
  const {[NUMBER]: number, [INSTANCE]: instanceId} = process.env;
  if (number === undefined || instanceId === undefined || process.send === undefined) return null;
  const controller = new AbortController();
  for (const name of PARENTS_SIGNALS) process.on(name, () => {});
  process.on('message', ({kind}: ToProcess) => {
    if (kind === 'stop') controller.abort('stop');
  });
  return {
    number: Number(number),
    instanceId,
    signal: controller.signal,
    tell: (message) => void process.send?.(message),
    leave: () => process.disconnect(),
  };
}
