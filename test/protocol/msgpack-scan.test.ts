import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CONTROL_DEPTH_MAX} from '../../src/limits.js';
import {msgpackProblem} from '../../src/protocol/msgpack-scan.js';

test('arrays may be nested so deep and no deeper', () => {
  const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth - 1, 0x91), Buffer.of(0x90)]);
  assert.equal(msgpackProblem(nested(CONTROL_DEPTH_MAX)), null);
  assert.match(msgpackProblem(nested(CONTROL_DEPTH_MAX + 1)) ?? '', /nested deeper than 8/);
});

test('every head is either allowed or refused by name', () => {
  const refused = [0xc1, 0xca, 0xcf, 0xd3];
  for (let head = 0; head <= 0xff; head += 1) {
    const isMap = (head >= 0x80 && head < 0x90) || head === 0xde || head === 0xdf;
    const isExtension = (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8);
    const isAllowed = !isMap && !isExtension && !refused.includes(head);
    // Zeros behind the head are a length of 0, or numbers, or the items of a short array.
    const problem = msgpackProblem(Buffer.concat([Buffer.of(head), Buffer.alloc(40)]));
    const isRefusedByName = problem?.endsWith('which no message holds') ?? false;
    assert.equal(isRefusedByName, !isAllowed, `0x${head.toString(16)}: ${problem}`);
  }
});

test('nothing is no value', () => {
  assert.match(msgpackProblem(new Uint8Array(0)) ?? '', /longer than its frame/);
});

test('a value is read where its view is, not where its memory starts', () => {
  const memory = Uint8Array.of(0xc1, 0xc1, 0x92, 0xcd, 0x01, 0x00, 0xc0, 0xc1);
  assert.equal(msgpackProblem(memory.subarray(2, 7)), null);
  assert.match(msgpackProblem(memory.subarray(2)) ?? '', /after the value/);
});
