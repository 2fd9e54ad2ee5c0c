/** A part of a suite with an end of its own: gigabytes of one part go before the next begins. */

import {type Cleanup, lastFirst} from '../../test/support/files.js';

/** Does `work` with a cleanup that ends with it, and with the suite when that is interrupted meanwhile. */
export async function inScope<T>(suite: Cleanup, work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  const ending: (() => void | Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const action of ending.splice(0)) await action();
  };
  suite.after(end);
  try {
    return await work(lastFirst({after: (action) => void ending.push(action)}));
  } finally {
    await end();
  }
}
