import assert from 'node:assert/strict';
import {test} from 'node:test';
import {isOneFile, wordsIn} from '../../src/commands/support/file-words.js';

test('a list has a word a line, blanks in it included; comments, blank lines and carriage returns are none of it', () => {
  const list = '# models\r\nmodels/\r\n\r\n  \n two  blanks .bin\n**/*.json\n./#1.bin\n././a.bin\nlast';
  assert.deepEqual(wordsIn(list), ['models/', ' two  blanks .bin', '**/*.json', '#1.bin', 'a.bin', 'last']);
  assert.deepEqual(wordsIn('# nothing\n'), []);
});

test('one name as it is stands for one file; what may stand for more, or comes from a list, does not', () => {
  assert.equal(isOneFile(['a.bin'], {all: false}), true);
  for (const words of [['a', 'b'], ['a*'], ['a/'], []]) assert.equal(isOneFile(words, {all: false}), false);
  assert.equal(isOneFile(['a'], {all: true}), false);
  assert.equal(isOneFile(['a'], {all: false, 'input-file': 'list'}), false);
});
