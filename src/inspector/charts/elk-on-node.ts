/**
 * elkjs on node. It is no package that a user of fdl has to install: the page has its worker file anyway, so that is
 * what is loaded; in a checkout whose page is not built, the package itself.
 */

import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {compileFunction} from 'node:vm';
import {Elk, type ElkAnswer} from './elk.js';

/** Where vite puts what the page loads. */
const ASSETS = new URL('../../../page/assets/', import.meta.url);
const WORKER_FILE = /^elk-worker.*\.js$/;

/** What the file makes itself where there are no Web Workers. */
interface FakeWorker {
  postMessage(message: object): void;
  onmessage: ((message: {readonly data: ElkAnswer}) => void) | null;
}

interface WorkerModule {
  readonly exports: {readonly Worker?: new () => FakeWorker};
}

/** Throws where there is neither: the package is broken. */
export function elkOnNode(): Elk {
  const module: WorkerModule = {exports: {}};
  // The file is CommonJS, in a folder whose files node takes for modules.
  const run = compileFunction(readFileSync(workerPath(), 'utf8'), ['module', 'exports']);
  run(module, module.exports);
  const {Worker} = module.exports;
  if (Worker === undefined) throw new Error('this is not the worker file of elkjs');
  const worker = new Worker();
  return new Elk({
    post: (message) => worker.postMessage(message),
    listen: (take) => {
      worker.onmessage = ({data}) => take(data);
    },
  });
}

function workerPath(): string {
  const file = existsSync(ASSETS) ? readdirSync(ASSETS).find((name) => WORKER_FILE.test(name)) : undefined;
  if (file !== undefined) return fileURLToPath(new URL(file, ASSETS));
  return createRequire(import.meta.url).resolve('elkjs/lib/elk-worker.min.js');
}
