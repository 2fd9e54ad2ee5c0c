/** A process of its own for the bombs: throws each of them as often as its argument says, then prints what it cost. */

import {throwBombs} from './bombs.js';

const rounds = Number(process.argv[2]);
let met = 0;
let failed = 0;
const before = process.memoryUsage().rss;
for (let round = 0; round < rounds; round += 1) {
  for (const {otherwise} of throwBombs()) {
    met += 1;
    if (otherwise !== null) failed += 1;
  }
}
console.log(JSON.stringify({met, failed, grownBytes: process.memoryUsage().rss - before}));
