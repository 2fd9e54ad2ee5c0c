/** The scripts of `fdl completion`, asked by the shells themselves. */

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import type {Command} from '@oclif/core/command';
import {Config} from '@oclif/core/config';
import {settings} from '@oclif/core/settings';
import {bashCompletion} from '../../src/commands/support/completion/bash.js';
import {fishCompletion} from '../../src/commands/support/completion/fish.js';
import {completedCommands} from '../../src/commands/support/completion/words.js';
import {zshCompletion} from '../../src/commands/support/completion/zsh.js';
import {type Cleanup, tempFolder} from '../support/files.js';
import {checkout, runFdl} from '../support/processes.js';

let commands: Command.Loadable[] = [];
before(async () => {
  settings.enableAutoTranspile = false;
  ({commands} = await Config.load({root: checkout()}));
});

/** A folder with a file, and a folder whose name has a blank. */
function folderOf(t: Cleanup): string {
  const folder = tempFolder(t, 'completion');
  mkdirSync(join(folder, 'my folder'));
  writeFileSync(join(folder, 'my file'), '');
  return folder;
}

/** Asks bash for each of `lines` (words; the last one is what is being typed) what it would offer. */
function askBash(t: Cleanup, lines: readonly (readonly string[])[]): string[][] {
  const script = bashCompletion('fdl', completedCommands(commands));
  const questions = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _fdl; printf '%s\\n' "\${COMPREPLY[@]}" .`;
  });
  const asked = spawnSync('bash', ['--norc', '-c', `set -u\n${script}\n${questions.join('\n')}`], {
    cwd: folderOf(t),
    encoding: 'utf8',
  });
  assert.deepEqual([asked.stderr, asked.status], ['', 0]);
  const answers = asked.stdout.split('.\n').slice(0, -1);
  return answers.map((answer) => answer.split('\n').filter((word) => word !== ''));
}

test('bash offers the commands, and for each of them its flags and no others', (t) => {
  const ids = commands.map(({id}) => id);
  const [first, ...flags] = askBash(t, [['fdl', ''], ...ids.map((id) => ['fdl', id, '--'])]);
  assert.deepEqual(first?.sort(), [...ids, 'help', '--help', '--version'].sort());
  for (const [index, command] of commands.entries()) {
    const shown = Object.values(command.flags).filter(({hidden}) => hidden !== true);
    assert.deepEqual(
      flags[index]?.sort(),
      [...shown.map(({name}) => `--${name}`), '--help'].sort(),
      command.id,
    );
  }
});

test('bash offers what a value can be: words, files, folders, or nothing', (t) => {
  const answers = askBash(t, [
    ['fdl', 'dow'],
    ['fdl', 'completion', 'z'],
    ['fdl', 'help', 'dow'],
    ['fdl', 'download', '--output', 'my'],
    ['fdl', 'download', '-o', 'my'],
    ['fdl', 'download', '--output', '=', 'my'],
    ['fdl', 'download', '--output', '='],
    ['fdl', 'serve', '--dir', 'my'],
    ['fdl', 'download', '--limit-rate', 'my'],
    ['fdl', 'download', 'x', 'my'],
    ['fdl', 'no-such-command', ''],
  ]);
  const both = ['my file', 'my folder'];
  for (const answer of answers) answer.sort();
  assert.deepEqual(answers, [
    ['download'],
    ['zsh'],
    ['download'],
    both,
    both,
    both,
    both,
    ['my folder'],
    [],
    [],
    [],
  ]);
});

test('fish offers the same', (t) => {
  if (!isInstalled('fish')) return t.skip('fish is not installed');
  const script = fishCompletion('fdl', completedCommands(commands));
  const ask = (line: string): string[] => {
    const code = `${script}\ncomplete -C '${line}'`;
    const {stdout, stderr} = spawnSync('fish', ['--no-config', '-c', code], {
      cwd: folderOf(t),
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    return stdout
      .split('\n')
      .filter((answer) => answer !== '')
      .map((answer) => answer.split('\t')[0] ?? '');
  };
  assert.deepEqual(ask('fdl dow'), ['download']);
  assert.deepEqual(ask('fdl download --limit-'), ['--limit-rate']);
  assert.deepEqual(ask('fdl serve --limit-rate '), []);
  assert.deepEqual(ask('fdl completion ').sort(), ['bash', 'fish', 'zsh']);
  assert.deepEqual(ask('fdl serve --dir my'), ['my folder/']);
});

test('zsh reads its script, and finds every flag in it', (t) => {
  const script = zshCompletion('fdl', completedCommands(commands));
  for (const {id, flags} of commands)
    for (const name of Object.keys(flags)) assert.ok(script.includes(`--${name}`), `${id} --${name}`);
  if (!isInstalled('zsh')) return t.skip('zsh is not installed');
  const {status, stderr} = spawnSync('zsh', ['-f', '-n', '-c', script], {encoding: 'utf8'});
  assert.deepEqual([stderr, status], ['', 0]);
});

test('what help says of a flag cannot break out of a script', (t) => {
  const hostile = `it's [a] "quote" \\ $(touch broken) \`touch broken\` : 50%`;
  const flag = {type: 'option', name: 'evil', multiple: false, summary: hostile, helpValue: 'A:B'} as const;
  const [plain] = commands;
  assert.ok(plain !== undefined);
  const described = completedCommands([{...plain, id: 'odd', summary: hostile, flags: {evil: flag}}]);
  const folder = folderOf(t);
  const shells = {bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion};
  for (const [shell, make] of Object.entries(shells).filter(([name]) => isInstalled(name))) {
    const given = shell === 'zsh' ? `compdef() {}\n${make('fdl', described)}` : make('fdl', described);
    const {status, stderr} = spawnSync(shell, ['-c', given], {cwd: folder, encoding: 'utf8'});
    assert.deepEqual([shell, stderr, status], [shell, '', 0]);
  }
  assert.equal(existsSync(join(folder, 'broken')), false);
});

test('fdl completion prints the script alone, or within an object, and knows three shells', async (t) => {
  const cwd = folderOf(t);
  const plain = await runFdl(t, ['completion', 'bash'], {cwd});
  assert.deepEqual([plain.code, plain.stderr], [0, '']);
  assert.equal(plain.stdout, bashCompletion('fdl', completedCommands(commands)));
  const json = await runFdl(t, ['completion', 'fish', '--json'], {cwd});
  assert.deepEqual(Object.keys(JSON.parse(json.stdout)), ['shell', 'script']);
  const wrong = await runFdl(t, ['completion', 'tcsh'], {cwd});
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /^error: 'tcsh' is none of bash, zsh, fish\nhint: /);
});

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}
