import assert from 'node:assert/strict';
import {isIPv6} from 'node:net';
import {test} from 'node:test';
import fc from 'fast-check';
import {FdlError} from '../../src/errors.js';
import {SERVERS_MAX} from '../../src/limits.js';
import {formatAddress, parseAddress, parseServer, parseServers} from '../../src/protocol/servers-file.js';

const GOOD: readonly (readonly [text: string, host: string, port: number])[] = [
  ['localhost:9000', 'localhost', 9_000],
  ['192.0.2.7:1', '192.0.2.7', 1],
  ['192.0.2.7 65535', '192.0.2.7', 65_535],
  ['files_1.example-host.org.:9000', 'files_1.example-host.org.', 9_000],
  ['Files.Example.org   9000', 'Files.Example.org', 9_000],
  ['files.example.org\t9000', 'files.example.org', 9_000],
  ['[::1]:9000', '::1', 9_000],
  ['[2001:db8::7] 9000', '2001:db8::7', 9_000],
  ['2001:db8::7 9000', '2001:db8::7', 9_000],
  ['1::2:3 9000', '1::2:3', 9_000],
  ['[fe80::1%eth0]:9000', 'fe80::1%eth0', 9_000],
  ['  a:09000  ', 'a', 9_000],
];

const BAD: readonly (readonly [text: string, problem: RegExp])[] = [
  ['', /expected host:port/],
  ['localhost', /expected host:port/],
  ['9000', /expected host:port/],
  ['a b c', /expected host:port/],
  [':9000', /expected host:port/],
  ['a:', /expected host:port/],
  ['a:0', /port must be a number from 1 to 65535/],
  ['a:65536', /port must be a number/],
  ['a:-1', /port must be a number/],
  ['a:1e3', /port must be a number/],
  ['a:9000/x', /port must be a number/],
  ['a:000009', /port must be a number/],
  ['a:٩', /port must be a number/],
  ['http://a:9000', /remove 'http:\/\/'.*expected host:port/],
  ['fdl+x://a:9000', /remove 'fdl\+x:\/\/'/],
  ['::1', /IPv6 address needs brackets/],
  ['::1:9000', /IPv6 address needs brackets/],
  ['2001:db8::7:9000', /IPv6 address needs brackets/],
  ['[a]:9000', /in brackets is not an IPv6 address/],
  ['[192.0.2.7]:9000', /in brackets is not an IPv6 address/],
  ['[::1]9000', /expected host:port/],
  ['user@a:9000', /not a host name/],
  ['größe:9000', /not a host name/],
  ['a,b:9000', /not a host name/],
  [`${'a'.repeat(254)}:9000`, /not a host name/],
  ['1.2.3:9000', /not an IPv4 address/],
  ['256.1.1.1:9000', /not an IPv4 address/],
  ['2130706433:9000', /not an IPv4 address/],
  ['0x7f.1:9000', /not an IPv4 address/],
];

test('addresses as people write them', () => {
  for (const [text, host, port] of GOOD) assert.deepEqual(parseAddress(text), {host, port}, text);
});

test('what is no address is an error of usage that says what was expected', () => {
  for (const [text, problem] of BAD) {
    assert.throws(
      () => parseAddress(text),
      (error) => isFdlError(error, 'usage') && problem.test(error.message),
      text,
    );
  }
});

test('an address written out is read back as the same', () => {
  const address = fc.record({
    host: fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().filter((ip) => isIPv6(ip)),
    ),
    port: fc.integer({min: 1, max: 65_535}),
  });
  fc.assert(
    fc.property(address, (written) => {
      assert.deepEqual(parseAddress(formatAddress(written)), {...written});
    }),
  );
});

test('a list may have comments, blank lines, any line ends, a byte order mark, and repetitions', () => {
  const text = '\ufeff# all servers\r\n\r\na:1 # the first\r\n  b 2\n\rA:1\n[::1]:3#no space\nb:2\n';
  assert.deepEqual(parseServers(text, 'servers.txt'), [
    {host: 'a', port: 1},
    {host: 'b', port: 2},
    {host: '::1', port: 3},
  ]);
});

const ATTRIBUTES: readonly (readonly [text: string, said: object])[] = [
  ['a:1 prefer', {role: 'prefer'}],
  ['a:1\tBACKUP', {role: 'backup'}],
  ['a 1 backup', {role: 'backup'}],
  ['a:1 limit=5MB', {limitBytesPerSecond: 5_000_000}],
  ['a:1,limit=500kB,backup', {role: 'backup', limitBytesPerSecond: 500_000}],
  ['a:1 , limit=1MiB/s  prefer', {role: 'prefer', limitBytesPerSecond: 1_048_576}],
  ['a:1 backup backup', {role: 'backup'}],
  ['[::1]:1 backup', {host: '::1', role: 'backup'}],
  ['[::1] 1 limit=1kB', {host: '::1', limitBytesPerSecond: 1_000}],
  ['2001:db8::7 1 prefer', {host: '2001:db8::7', role: 'prefer'}],
  ['prefer 1 backup', {host: 'prefer', role: 'backup'}],
  ['backup:1', {host: 'backup'}],
];

test('behind an address stands what is said of that server', () => {
  for (const [text, said] of ATTRIBUTES) {
    assert.deepEqual(parseServer(text), {host: 'a', port: 1, ...said}, text);
    assert.deepEqual(parseServers(`${text} # why`, 'servers.txt'), [{host: 'a', port: 1, ...said}], text);
  }
});

test('a wrong attribute is named with its line, and why it is wrong', () => {
  const wrong: readonly (readonly [line: string, problem: RegExp])[] = [
    ['a:1 prefered', /'prefered': behind an address may stand prefer, backup or limit=RATE/],
    ['a:1 limt=5MB', /'limt=5MB': behind an address may stand/],
    ['a:1 limit', /'limit': a limit has a rate, like limit=5MB/],
    ['a:1 limit=', /'limit=': '' is not a rate/],
    ['a:1 limit=5Mb', /'limit=5Mb': '5Mb' is not a rate: bits or bytes/],
    ['a:1 limit=0', /'limit=0': .*the lowest limit is 1kB/],
    ['a:1 limit=1MB limit=2MB', /'limit=2MB': a server has one limit/],
    ['a:1 prefer backup', /'backup': a server is preferred or a backup, not both/],
    ['a:1 prefer=yes', /'prefer=yes': prefer stands alone/],
    ['a:1 9000', /'9000': behind an address/],
    ['a:1 \u001b[31m', /'\\u\{1b\}\[31m': behind an address/],
    ['a:1 limit=\u001b', /limit=\\u\{1b\}': '\\u\{1b\}' is not a rate/],
  ];
  for (const [line, problem] of wrong) {
    assert.throws(
      () => parseServers(`b:1\n${line}\n`, 'servers.txt'),
      (error) =>
        isFdlError(error, 'servers-file-invalid') &&
        error.message.startsWith('servers.txt, line 2: ') &&
        problem.test(error.message),
      line,
    );
    assert.throws(() => parseServer(line), problem, line);
  }
});

test('two lines that say different things of one server contradict each other', () => {
  assert.throws(
    () => parseServers('a:1 backup\n\nA:1\n', 'servers.txt'),
    /servers\.txt, line 3: 'A:1': line 1 says something else of it/,
  );
  assert.equal(parseServers('a:1 backup\nA:1 backup\n', 'servers.txt').length, 1);
});

test('a bad line is named with its number, its text and what was expected', () => {
  assert.throws(
    () => parseServers('a:1\n# comment\n\nlocalhost:ninety\nb:1', 'my/servers.txt'),
    (error) =>
      isFdlError(error, 'servers-file-invalid') &&
      error.message.startsWith("my/servers.txt, line 4: 'localhost:ninety': the port must be") &&
      /line 4/.test(error.hint ?? ''),
  );
});

test('what a terminal would act on is shown escaped, and a long line cut', () => {
  assert.throws(
    () => parseServers(`\u001b]0;evil\u0007\u202e${'x'.repeat(1_000)}`, 'servers.txt'),
    (error) =>
      isFdlError(error, 'servers-file-invalid') &&
      /^[ -~…]*$/.test(error.message) &&
      error.message.includes('\\u{1b}]0;evil\\u{7}\\u{202e}') &&
      error.message.length < 400,
  );
});

test('a list without a server says how to write one', () => {
  for (const text of ['', '\n\n', '# nothing\n   # here']) {
    assert.throws(
      () => parseServers(text, 'servers.txt'),
      (error) => isFdlError(error, 'servers-file-empty') && /HOST:PORT/.test(error.hint ?? ''),
    );
  }
});

test('a list may hold so many servers and no more', () => {
  const lines = Array.from({length: SERVERS_MAX}, (_, index) => `s${index}:9000`);
  assert.equal(parseServers(lines.join('\n'), 'servers.txt').length, SERVERS_MAX);
  assert.throws(
    () => parseServers([...lines, 's0:9000', 'more:9000'].join('\n'), 'servers.txt'),
    (error) => isFdlError(error, 'servers-file-invalid') && /line 10002: more than 10000/.test(error.message),
  );
});

test('whatever the text, it is a list or an error that is foreseen', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom(...'a1.:[]# \n\r\t/-_%é\u0000'), maxLength: 40}), (text) => {
      try {
        for (const address of parseServers(text, 'x')) {
          assert.deepEqual(parseAddress(formatAddress(address)), address);
        }
      } catch (error) {
        assert.ok(isFdlError(error, 'servers-file-invalid') || isFdlError(error, 'servers-file-empty'));
      }
    }),
    {numRuns: 2_000},
  );
});

function isFdlError(error: unknown, code: string): error is FdlError {
  return error instanceof FdlError && error.code === code;
}
