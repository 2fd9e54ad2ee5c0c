/** `fdl machines` as people and scripts meet it. */

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {allCharts} from '../../src/inspector/charts/catalogue.js';
import type {Chart} from '../../src/inspector/charts/chart.js';
import {tempFolder} from '../support/files.js';
import {runFdl} from '../support/processes.js';

test('fdl machines lists every machine with what it is for', async (t) => {
  const cwd = tempFolder(t, 'machines');
  // A variable for other commands is no wish to draw.
  const exit = await runFdl(t, ['machines'], {cwd, env: {FDL_OUTPUT: '/nowhere'}});
  assert.deepEqual([exit.code, exit.stderr], [0, '']);
  for (const {id, description} of allCharts())
    assert.match(exit.stdout, new RegExp(`^${id} .*${description}$`, 'm'));
  const {machines} = JSON.parse((await runFdl(t, ['machines', '--json'], {cwd})).stdout) as {
    machines: {id: string; hash: string; states: number}[];
  };
  assert.deepEqual(
    machines.map(({id, hash}) => [id, hash]),
    allCharts().map(({id, hash}) => [id, hash]),
  );
});

test('a machine is drawn into a file whose ending says how, and no file is overwritten unasked', async (t) => {
  const cwd = tempFolder(t, 'machines');
  const draw = (...args: string[]) => runFdl(t, ['machines', 'fragment', ...args], {cwd});
  assert.equal((await draw('-o', 'f.svg')).code, 0);
  assert.match(readFileSync(join(cwd, 'f.svg'), 'utf8'), /^<svg xmlns=[\s\S]*>fragment<[\s\S]*<\/svg>\n$/);
  const again = await draw('-o', 'f.svg', '--format', 'json');
  assert.equal(again.code, 8);
  assert.match(again.stderr, /^error: f\.svg exists\nhint: Use --force/m);
  assert.equal((await draw('-o', 'f.svg', '--format', 'json', '--force')).code, 0);
  const chart = JSON.parse(readFileSync(join(cwd, 'f.svg'), 'utf8')) as Chart;
  assert.deepEqual(
    chart,
    allCharts().find(({id}) => id === 'fragment'),
  );
});

test('on standard output there is the drawing alone, and with --json one object', async (t) => {
  const cwd = tempFolder(t, 'machines');
  const plain = await runFdl(t, ['machines', 'library'], {cwd});
  assert.match(plain.stdout, /^stateDiagram-v2\n/);
  const json = await runFdl(t, ['machines', 'library', '--json', '--format', 'dot'], {cwd});
  const {machine, format, output, content} = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual([machine, format, output], ['library', 'dot', null]);
  assert.match(String(content), /^digraph "library" \{/);
});

test('a machine that is none is told, with the one that was meant', async (t) => {
  const cwd = tempFolder(t, 'machines');
  const exit = await runFdl(t, ['machines', 'conection'], {cwd});
  assert.deepEqual([exit.code, exit.stdout], [2, '']);
  assert.match(exit.stderr, /^error: 'conection' is none of .*; did you mean connection\?\nhint: See/m);
  const drawing = await runFdl(t, ['machines', '--format', 'svg'], {cwd});
  assert.equal(drawing.code, 2);
  assert.match(drawing.stderr, /^error: there is no machine to draw\nhint: Name one of them: download,/m);
});
