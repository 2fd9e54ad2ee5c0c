import assert from 'node:assert/strict';
import {test} from 'node:test';
import {terminalSvg} from '../../scripts/terminal-svg.js';

test('a screen becomes text on a grid, with its colours, and bars become rectangles', () => {
  const svg = terminalSvg(
    '$ fdl\n\u001b[1mx\u001b[0m  \u001b[32m██\u001b[2m\u001b[39m░\u001b[0m 7 %\n\n\n',
    40,
    'a title',
  );
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, y, text]) => [
    Number(x),
    Number(y),
    text,
  ]);
  const [column, row] = [8.4, 20];
  const [left = 0, top = 0] = (texts[0] ?? []).map(Number);
  assert.deepEqual(texts, [
    [left, top, '$ fdl'],
    [left, top + row, 'x'],
    [Math.round((left + 7 * column) * 10) / 10, top + row, '7 %'],
  ]);
  assert.match(svg, /font-weight="bold">x</);
  assert.equal(svg.match(/<rect x=/g)?.length, 2, 'one for each kind of block');
  assert.match(svg, /<title>a title<\/title>/);
});

test('whatever is on the screen, the picture is well formed', () => {
  const svg = terminalSvg('</text><script>"&\u0007\ud800 \u001b[31;1mred\u001b[38;5;9m', 80, '<&>');
  assert.doesNotMatch(svg, /<script|[\u0000-\u0008\u000e-\u001f]/);
  assert.match(svg, /&lt;\/text&gt;&lt;script&gt;&quot;&amp; *</);
  assert.match(svg, /<title>&lt;&amp;&gt;<\/title>/);
});
