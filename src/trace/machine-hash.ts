/** Which definition a machine has: what rows `machine` tell, and what a chart is compared with. */

import {createHash} from 'node:crypto';

const HASH_DIGITS = 16;

/** 16 hex digits over a machine's config as it was written; what functions do is not part of it. */
export function machineHash(config: unknown): string {
  const text = JSON.stringify(config, (_, value: unknown) =>
    typeof value === 'function' ? 'function' : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}
