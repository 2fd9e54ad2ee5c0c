import assert from 'node:assert/strict';
import {chmodSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {delimiter, join} from 'node:path';
import {test} from 'node:test';

import {Chromium, findChromium, whyNoBrowser} from './browser.js';
import {tempFolder} from './files.js';

const chromium = new Chromium();

test('a Chromium is the one that is named, or the first in PATH', (t) => {
  const folder = tempFolder(t, 'browser');
  const path = join(folder, 'chromium-browser');
  writeFileSync(path, '');
  assert.equal(findChromium({PATH: folder}), null, 'a file that is no program');
  chmodSync(path, 0o755);
  assert.equal(findChromium({PATH: ['/none', folder].join(delimiter)}), path);
  assert.equal(findChromium({PATH: '', FDL_CHROMIUM: path}), path);
  assert.equal(findChromium({PATH: folder, FDL_CHROMIUM: join(folder, 'none')}), null);
});

test('tests with a browser are left out where there is none, unless they must run', () => {
  assert.match(String(whyNoBrowser({PATH: ''})), /apt-get install chromium/);
  assert.equal(whyNoBrowser({PATH: '', FDL_REQUIRE_BROWSER: '1'}), false);
  assert.match(String(whyNoBrowser({FDL_REQUIRE_BROWSER: '1', FDL_BROWSER_TESTS: 'off'})), /off/);
});

test('what a page must not do is seen: errors, requests to others, what its policy refuses', {
  skip: chromium.skip,
}, async (t) => {
  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', "default-src 'self'; connect-src *");
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
    if (request.url === '/page.js')
      response.end("fetch('http://127.0.0.1:1/').catch(() => {}); throw new Error('mine')");
    else if (request.url === '/')
      response.end('<h1>a page</h1><script>alert(1)</script><script src=/page.js></script>');
    else response.end('');
  }).listen(0, '127.0.0.1');
  t.after(() => void server.close().closeAllConnections());
  await new Promise((resolve) => server.once('listening', resolve));
  const {port} = server.address() as AddressInfo;
  const {page, problems} = await chromium.visit(t, `http://127.0.0.1:${port}/`, {theme: 'dark'});
  assert.equal(await page.getByRole('heading').textContent(), 'a page');
  await page.waitForLoadState('networkidle');
  for (const kind of [
    /Content Security Policy/,
    /^uncaught: .*mine/,
    /^request to http:\/\/127\.0\.0\.1:1\//,
  ])
    assert.ok(
      problems.some((problem) => kind.test(problem)),
      `${kind} in ${problems.join('\n')}`,
    );
});
