/**
 * The chaos proxy as a process of its own: `node chaos-proxy-cli.js TARGET_PORT '{"toClient":{"corruptEvery":50}}'`.
 * Prints `listening on 127.0.0.1:PORT`; takes one JSON object of faults a line on stdin, or `freeze`, `thaw`,
 * `down`, `up`, `counts`.
 */

import {createInterface} from 'node:readline';

import {ChaosProxy, type ProxyFaults} from './chaos-proxy.js';

const [target, faults = '{}', seed = '1'] = process.argv.slice(2);
if (target === undefined) {
  console.error('usage: chaos-proxy-cli TARGET_PORT [FAULTS_JSON] [SEED]');
  process.exit(2);
}
const proxy = new ChaosProxy(Number(target), {...(JSON.parse(faults) as ProxyFaults), seed: Number(seed)});
await proxy.up();
console.log(`listening on ${proxy.address}`);

const commands: Record<string, () => void> = {
  freeze: () => proxy.freeze(),
  thaw: () => proxy.thaw(),
  down: () => proxy.down(),
  up: () => void proxy.up(),
  counts: () => console.log(JSON.stringify(proxy.counts)),
};
for await (const line of createInterface({input: process.stdin})) {
  const command = commands[line.trim()];
  if (command !== undefined) command();
  else if (line.trim() !== '') proxy.change(JSON.parse(line) as ProxyFaults);
}
process.exit(0);
