import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Config} from '@oclif/core/config';
import {settings} from '@oclif/core/settings';
import {type FlagKind, fromEnvironment, saysYes, variableOf} from '../../src/commands/support/environment.js';
import {type Cleanup, tempFolder} from '../support/files.js';
import {checkout, runFdl} from '../support/processes.js';

const FLAGS: Readonly<Record<string, FlagKind>> = {
  server: {type: 'option'},
  servers: {type: 'option', char: 's'},
  output: {type: 'option', char: 'o'},
  force: {type: 'boolean', char: 'f'},
  quiet: {type: 'boolean', char: 'q'},
};

/** Flags that the environment puts before a command line. */
function words(env: Record<string, string>, ...argv: readonly string[]): readonly string[] {
  return fromEnvironment(FLAGS, argv, env).words;
}

test('a variable becomes the flag of its name, with its value as it stands', () => {
  assert.equal(variableOf('limit-rate'), 'FDL_LIMIT_RATE');
  assert.deepEqual(words({FDL_SERVER: 'a:1,b:2'}), ['--server=a:1,b:2']);
  assert.deepEqual(words({FDL_OUTPUT: '-x --force'}), ['--output=-x --force']);
  assert.deepEqual(words({OUTPUT: 'x', FDL_DEBUG: '1'}), []);
});

test('a flag on the command line wins, in each form that it can have', () => {
  const env = {FDL_OUTPUT: 'there'};
  for (const given of ['--output', '--output=here', '-o', '-ohere', '-qfohere'])
    assert.deepEqual(words(env, given), [], given);
  for (const other of ['here', '--out', '-f', '-so', '--']) assert.equal(words(env, other).length, 1, other);
  assert.equal(words(env, '--', '--output').length, 1, 'behind -- it is no flag');
});

test('a list of servers on the command line is not overruled by servers of the environment, nor the other way', () => {
  assert.deepEqual(words({FDL_SERVER: 'a:1'}, '-s', 'list'), []);
  assert.deepEqual(words({FDL_SERVERS: 'list'}, '--server', 'a:1'), []);
});

test('yes and no of a variable have their usual forms; empty is unset, and anything else is refused', () => {
  for (const yes of ['1', 'true', 'YES', 'on']) assert.deepEqual(words({FDL_FORCE: yes}), ['--force']);
  for (const no of ['0', 'false', 'No', 'off', '']) assert.deepEqual(words({FDL_FORCE: no}), []);
  assert.throws(() => words({FDL_FORCE: 'ture'}), /^FdlError: FDL_FORCE: 'ture' is neither yes nor no$/);
  assert.deepEqual(
    [saysYes('1'), saysYes('0'), saysYes('ture'), saysYes(undefined)],
    [true, false, false, false],
  );
});

test('every flag of every command is heard when its variable is set', async (t) => {
  settings.enableAutoTranspile = false;
  const {commands} = await Config.load({root: checkout()});
  assert.ok(commands.length > 1);
  for (const {id, flags} of commands) {
    for (const [name, flag] of Object.entries(flags)) {
      assert.ok(flag.env === undefined || flag.env === variableOf(name), `${id} --${name} has one variable`);
      const given = fromEnvironment(flags, [], {[variableOf(name)]: '1'});
      assert.deepEqual(
        given.words,
        [flag.type === 'boolean' ? `--${name}` : `--${name}=1`],
        `${id} --${name}`,
      );
    }
  }
  // That is what the base of all commands does when one of them parses.
  for (const command of commands) assert.ok(isOurs(await command.load()), command.id);
  const wrong = await said(t, ['serve'], {FDL_QUIET: 'perhaps'});
  assert.match(wrong, /^error: FDL_QUIET: 'perhaps' is neither yes nor no\nhint: Set FDL_QUIET to 1 or 0/);
});

test('a value that is wrong is told with the name of its variable', async (t) => {
  const wrong = await said(t, ['download', 'x'], {FDL_LIMIT_RATE: '5'});
  assert.match(wrong, /^error: FDL_LIMIT_RATE: '5' is not a rate/);
});

test('several servers fit a variable', async (t) => {
  const second = await said(t, ['download', 'x'], {FDL_SERVER: '127.0.0.1:1,nonsense'});
  assert.match(second, /^error: server 'nonsense'/);
});

/** Whether a command has our base, and parses as that does. */
function isOurs(command: {readonly name: string; readonly prototype: object}): boolean {
  for (let type = command; type.name !== 'FdlCommand'; type = Object.getPrototypeOf(type))
    if (type.name === 'Command' || type.name === '' || Object.hasOwn(type.prototype, 'parse')) return false;
  return true;
}

/** What `fdl ARGS...` says on standard error. */
async function said(t: Cleanup, args: readonly string[], env: Record<string, string>): Promise<string> {
  const exit = await runFdl(t, args, {cwd: tempFolder(t, 'environment'), env});
  return exit.stderr;
}
