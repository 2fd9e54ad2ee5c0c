/** What a transfer asks of V8. */

import {setFlagsFromString} from 'node:v8';

/**
 * From here on the heap's nursery no longer grows: the garbage of a transfer is small and short-lived, so that costs no
 * time, and Node 24 holds less memory. Not before: what a start loads outlives a small nursery, and would be copied
 * again and again.
 */
export function keepNurserySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
