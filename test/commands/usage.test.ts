/** The command line as people and scripts meet it: real processes, what they print and how they end. */

import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {amount} from '../support/campaign.js';
import {type Cleanup, tempFolder} from '../support/files.js';
import {type Exit, runFdl} from '../support/processes.js';

/** Arguments, and what the error must say. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['download'], /^error: missing FILE$/m],
  [['download', 'x', '--sever', 'h:1'], /^error: unknown flag --sever; did you mean --server\?$/m],
  [
    ['download', 'x', '--connections', '17'],
    /^error: --connections: '17' is not a whole number from 1 to 16$/m,
  ],
  [
    ['download', 'x', '--connections', '0'],
    /^error: --connections: '0' is not a whole number from 1 to 16$/m,
  ],
  [['download', 'x', '--limit-rate', '5Mb'], /^error: --limit-rate: '5Mb' is not a rate: bits or bytes\?/m],
  [['download', 'x', '--give-up-after', '5'], /^error: --give-up-after: '5' is not a time/m],
  [['download', 'x', '--root', 'abc'], /^error: --root: a digest is 64 hex digits; it has 3$/m],
  [['download', 'x', '--output'], /^error: --output expects a value$/m],
  [['download', 'x', '--server', 'nonsense'], /^error: server 'nonsense': expected host:port/m],
  [['download', 'x'], /^error: there is no servers\.txt$/m],
  [['download', 'x', '--sha256-file', 'none'], /^error: there is no none\nhint: Name a list as sha256sum/m],
  [
    ['download', 'x', '--sha256-file', 'bad'],
    /^error: there is no SHA-256 in bad\nhint: Lines are expected/m,
  ],
  [
    ['download', 'x', '--sha256-file', 'bad', '--sha256', 'a'.repeat(64)],
    /^error: --sha256=a+ cannot also be provided when using --sha256-file$/m,
  ],
  [['download', 'x', '--servers', 'folder'], /^error: folder cannot be read/m],
  [['download', 'x', '--servers', 'huge'], /^error: huge cannot be read: it is too large/m],
  [['download', 'x', '--servers', 'bad'], /^error: bad, line 2: 'nonsense'/m],
  [['downlaod', 'x'], /^error: there is no command 'downlaod'\nhint: Did you mean 'fdl download'\?/m],
  [['serve', 'abc'], /^error: PORT: 'abc' is not a whole number from 0 to 65535$/m],
  [['check', 'a', 'b'], /^error: unexpected argument 'b'$/m],
  [['check', 'x', '--blocks', 'some'], /^error: --blocks: 'some' is not a whole number from 0 to 100000$/m],
  [['check', '../x', '--server', 'h:1'], /^error: the file name has a component/m],
  [['list', 'x', '--sever', 'h:1'], /^error: unknown flag --sever; did you mean --server\?$/m],
  [['--nope'], /^error: unknown flag --nope$/m],
  [['no', 'such', 'command'], /^error: there is no command 'no'$/m],
];

/** In the second run every third: a process each, and the words are the same on every version of Node. */
const TRIED = WRONG.filter((_, index) => index % amount(1, 3) === 0);

for (const [args, message] of TRIED) {
  test(`fdl ${args.join(' ')}: exit 2, a message and a hint, nothing on standard output`, async (t) => {
    const exit = await run(t, args);
    assert.equal(exit.code, 2, exit.stderr);
    assert.match(exit.stderr, message);
    assert.match(exit.stderr, /^hint: /m);
    assert.equal(exit.stdout, '');
    assertTidy(exit);
  });
}

test('with --json every usage error is one clean object', async (t) => {
  for (const args of [['download'], ['download', 'x', '--nope'], ['download', 'x', '--connections', '99']]) {
    const exit = await run(t, [...args, '--json']);
    const {error} = JSON.parse(exit.stdout) as {error: Record<string, unknown>};
    assert.deepEqual(Object.keys(error).sort(), ['code', 'exitCode', 'hint', 'message']);
    assert.deepEqual([error['code'], error['exitCode'], exit.code], ['usage', 2, 2]);
    assertTidy(exit);
  }
});

test('flags can be given by the environment', async (t) => {
  const env = {FDL_JSON: '1', FDL_CONNECTIONS: '99'};
  const exit = await runFdl(t, ['download', 'x'], {cwd: folderOf(t), env});
  assert.match(JSON.parse(exit.stdout).error.message, /^FDL_CONNECTIONS: '99' is not/);
});

test('FDL_DEBUG=1 shows where an error came from', async (t) => {
  const exit = await runFdl(t, ['download', 'x'], {cwd: folderOf(t), env: {FDL_DEBUG: '1'}});
  assert.equal(exit.code, 2);
  assert.match(exit.stderr, /ENOENT[\s\S]*servers\.txt/);
});

test('a hostile name in an argument is shown by its codes', async (t) => {
  const exit = await run(t, ['check', 'x', '\u001b]0;owned\u0007\u202e']);
  assert.match(exit.stderr, /unexpected argument '\\u\{1b\}\]0;owned\\u\{7\}\\u\{202e\}'/);
  assertTidy(exit);
});

test('fdl alone, --help, -h and help all show the commands', async (t) => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const exit = await run(t, args);
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stdout, /^COMMANDS$/m);
    assert.match(exit.stdout, /^ {2}download /m);
    assert.doesNotMatch(exit.stdout, /^ {2}(base|parse|support)/m, 'only commands are commands');
  }
});

test('the help of a command names its flags, examples and exit codes', async (t) => {
  for (const args of [
    ['download', '--help'],
    ['help', 'download'],
  ]) {
    const {stdout, code} = await run(t, args);
    assert.equal(code, 0);
    const parts = [
      /--servers=PATH +list .*\(default: servers\.txt\)/,
      /--json/,
      /EXAMPLES/,
      /FDL_LIMIT_RATE/,
    ];
    for (const part of [...parts, /^EXIT CODES\n {2}0 +done/m]) assert.match(stdout, part);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
  }
});

test('--version says version and platform', async (t) => {
  assert.match((await run(t, ['--version'])).stdout, /^fdl\/\d+\.\d+\.\d+ \S+ node-v\d+/);
});

async function run(t: Cleanup, args: readonly string[]): Promise<Exit> {
  return runFdl(t, args, {cwd: folderOf(t)});
}

/** A folder with a list of servers of each bad kind, but no servers.txt. */
function folderOf(t: Cleanup): string {
  const folder = tempFolder(t, 'usage');
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'huge'), Buffer.alloc(5_000_000, 10));
  writeFileSync(join(folder, 'bad'), '127.0.0.1:9000\nnonsense\n');
  return folder;
}

function assertTidy({stdout, stderr}: Exit): void {
  const said = stdout + stderr;
  assert.doesNotMatch(said, /^\s+at .*(:\d+:\d+|node:)/m, 'a stack trace');
  assert.doesNotMatch(said, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, 'a control character');
  assert.ok(said.length < 3_000, 'a dump');
}
