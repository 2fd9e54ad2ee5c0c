/** A process of its own that downloads the sample of the power cuts into a folder, resuming; exits 0 when it is done. */

import {startWorkers} from '../../../src/workers/pool.js';
import {cutSample, fetchRest, hurriedClock} from './power-cut-sample.js';
import {StoreRun} from './store-kit.js';

const [, , folder = ''] = process.argv;
const workers = await startWorkers({threads: 1});
const run = new StoreRun({after: () => undefined}, workers, folder, {clock: hurriedClock});
process.stdout.write('started\n');
const opened = await run.open(cutSample);
await fetchRest(run, opened);
run.store.finish({sha256: null});
await run.next('store.finished');
await run.store.close('clean');
await workers.close();
