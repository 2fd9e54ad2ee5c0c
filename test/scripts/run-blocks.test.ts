import assert from 'node:assert/strict';
import {test} from 'node:test';
import {plainCommands, runBlocks} from '../../scripts/run-blocks.js';

test('only what is marked is run, in the order of the text, with the line where it begins', () => {
  const text = [
    '# fdl',
    '```sh',
    'not run',
    '```',
    '```sh run background',
    'serve',
    '```',
    'In another:',
    '~~~ sh run',
    'download',
    '',
    'verify   # ``` is no end',
    '~~~',
    '```ts',
    '```',
  ].join('\n');
  assert.deepEqual(runBlocks(text), [
    {line: 6, code: 'serve', isBackground: true},
    {line: 10, code: 'download\n\nverify   # ``` is no end', isBackground: false},
  ]);
});

test('a mark that means nothing and a fence without end are mistakes', () => {
  assert.throws(() => runBlocks('text\n```sh runn\n```'), /^Error: line 2: 'sh runn' is neither/);
  assert.throws(() => runBlocks('```sh run quickly\n```'), /neither/);
  assert.throws(() => runBlocks('a\n\n```sh run\necho'), /line 3: this fence is never closed/);
});

test('commands of fdl in other blocks are told from those of other programs, and text is no command', () => {
  const text = [
    '`fdl download x`',
    '```sh',
    'fdl serve 9000    # a comment',
    'FDL_LIMIT_RATE=5MB fdl download x.zip',
    '# fdl is not called here',
    '',
    'systemctl start fdl',
    '```',
    '```sh run',
    'fdl list',
    '```',
    '```',
    'fdl verify x: wrong',
    '```',
  ].join('\n');
  assert.deepEqual(plainCommands(text), {
    fdl: [
      {line: 3, code: 'fdl serve 9000    # a comment'},
      {line: 4, code: 'FDL_LIMIT_RATE=5MB fdl download x.zip'},
    ],
    other: [{line: 7, code: 'systemctl start fdl'}],
  });
});
