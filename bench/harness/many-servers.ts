/**
 * Many servers in one process: `node many-servers.js FOLDER COUNT BYTES_PER_SECOND`. Each has a port, a limit and an identity
 * of its own, all share threads. Prints their ports in a line of JSON when they listen; lives until it is killed.
 */

import {serve} from '../../src/serve.js';

const [folder = '', count = '0', rate = '0'] = process.argv.slice(2);
const ports: number[] = [];
while (ports.length < Number(count)) {
  const server = await serve({port: 0, folder, limitBytesPerSecond: Number(rate)});
  ports.push(server.addresses[0]?.port ?? 0);
}
console.log(JSON.stringify(ports));
