/** The worker: everything that takes time happens here, so that the page never waits. */

import {Desk} from './desk.js';
import {readRows} from './feeds.js';
import type {ToWorker} from './messages.js';

const desk = new Desk({
  post: (message, transfer) => self.postMessage(message, {transfer: [...transfer]}),
  later: (ms, callback) => void setTimeout(callback, ms),
  now: () => performance.now(),
});
self.addEventListener('message', ({data}: MessageEvent<ToWorker>) => desk.take(data));
void readRows(desk);
