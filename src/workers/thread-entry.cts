/**
 * What piscina loads in a worker thread. It loads by `require`, and Node 20 and 22 abort the whole process when a thread
 * is ended, or the process exits, while `require` loads an ES module; `import` can be ended at any time. So this one file
 * is CommonJS, and imports the tasks.
 */

import type {Envelope, Reply} from './thread.js' with {'resolution-mode': 'import'};

const loading = import('./thread.js');

module.exports = async function runTask(envelope: Envelope): Promise<Reply> {
  const thread = await loading;
  return thread.default(envelope);
};
