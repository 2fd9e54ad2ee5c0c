/** docs/protocol.md is written by hand: what can be compared with the code is. */

import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as limits from '../../src/limits.js';
import {REFUSAL_CODES} from '../../src/model.js';
import {FRAME_TYPES, MAGIC} from '../../src/protocol/messages.js';
import {readRepositoryFile} from './vectors.js';

const DOCUMENT = readRepositoryFile('docs', 'protocol.md');

test('the document names every frame type with its number, and no other', () => {
  const written = [...DOCUMENT.matchAll(/^\| (0x[0-9a-f]{2}) \| `?(\w+)`? \|/gm)];
  assert.deepEqual(
    written.map(([, code, name]) => [name, Number(code)]).sort(),
    Object.entries(FRAME_TYPES).sort(),
  );
});

test('the document explains every code of refusal, and no other', () => {
  const errors = DOCUMENT.slice(DOCUMENT.indexOf('## Errors'), DOCUMENT.indexOf('## Digests'));
  const written = [...errors.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(written, [...REFUSAL_CODES]);
});

test('the numbers of the document are those of the code', () => {
  const magic = Buffer.from(MAGIC).toString('hex').replace(/..\B/g, '$& ');
  const facts = [
    `\`${magic}\``,
    `| control payload | ${grouped(limits.CONTROL_BYTES_MAX)} bytes |`,
    `| data payload | ${grouped(limits.BLOCK_BYTES)} bytes |`,
    `| nesting of arrays | ${limits.CONTROL_DEPTH_MAX} |`,
    `| fragments of a file | ${grouped(limits.FRAGMENTS_MAX)} `,
    `| blocks of a fragment | ${grouped(limits.FRAGMENT_BLOCKS_MAX)} `,
    `| fragments of one \`digests\` or \`have\` | ${grouped(limits.PAGE_ITEMS_MAX)} |`,
    `| blocks of one \`fetch\` | ${limits.FETCH_BLOCKS_MAX} |`,
    `| files of one \`bundle\` | ${limits.BUNDLE_FILES_MAX}, together one block |`,
    `| fetches out on a connection | ${limits.FETCHES_OUT_MAX} |`,
    `| requests waiting on a connection | ${limits.REQUESTS_WAITING_MAX} |`,
    `| name | ${limits.NAME_BYTES_MAX} bytes offered, ${grouped(limits.NAME_WIRE_BYTES_MAX)} in a request |`,
    `| features | ${limits.FEATURES_MAX} of ${limits.FEATURE_BYTES_MAX} bytes |`,
    `| credentials | ${grouped(limits.CREDENTIALS_BYTES_MAX)} bytes |`,
    `| text for people | ${grouped(limits.TEXT_BYTES_MAX)} bytes |`,
    `| client: the connection | ${seconds(limits.CONNECT_TIMEOUT_MS)} |`,
    `| client: \`welcome\` | ${seconds(limits.WELCOME_TIMEOUT_MS)} |`,
    `| client: the first byte of an answer | ${seconds(limits.ANSWER_TIMEOUT_MS)} |`,
    `| client: further bytes, while it reads | ${seconds(limits.STALL_TIMEOUT_MS)}; after ${seconds(limits.SUSPECT_AFTER_MS)}`,
    `| server: magic and \`hello\` | ${seconds(limits.HELLO_TIMEOUT_MS)} |`,
    `| server: anything from an idle client | ${seconds(limits.SESSION_IDLE_TIMEOUT_MS)} |`,
    `against a client that does not read | ${seconds(limits.BLOCK_WRITE_TIMEOUT_MS)} |`,
    `| server: the rest of its transfers when it stops | ${seconds(limits.DRAIN_TIMEOUT_MS)} |`,
    `| server: the client's close after \`goodbye\` | ${seconds(limits.GOODBYE_TIMEOUT_MS)} |`,
    `sends \`ping\` every ${seconds(limits.PING_INTERVAL_MS)}`,
    `It believes ${limits.BUSY_MIN_MS} ms to ${seconds(limits.BUSY_MAX_MS)}`,
  ];
  for (const fact of facts) assert.ok(DOCUMENT.includes(fact), fact);
});

function seconds(milliseconds: number): string {
  return `${milliseconds / 1_000} s`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
