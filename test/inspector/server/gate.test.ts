import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Asked, Gate, type Verdict} from '../../../src/inspector/server/gate.js';

const PORT = 9_400;
const OWN = `127.0.0.1:${PORT}`;

test('the first visit with the token gets the cookie, and with that all the rest is open', () => {
  const {gate, links} = open();
  assert.equal(gate.url, `http://${OWN}/?token=secret-2`);
  const verdict = gate.judge(asked({url: '/?token=secret-2'}));
  assert.deepEqual(verdict, {
    kind: 'enter',
    cookie: `fdl-inspect-${PORT}=secret-1; HttpOnly; SameSite=Strict; Path=/`,
  });
  const cookie = `other=1; fdl-inspect-${PORT}=secret-1`;
  for (const url of ['/', '/api/live', '/assets/x.js?y=1', '/../etc/passwd'])
    assert.equal(gate.judge(asked({url, cookie})).kind, 'pass', url);
  assert.deepEqual(links, []);
});

test('a used token refuses another browser, tells the terminal a new one, and knows its own browser', () => {
  const {gate, links} = open();
  gate.judge(asked({url: '/?token=secret-2'}));
  const cookie = `fdl-inspect-${PORT}=secret-1`;
  assert.equal(gate.judge(asked({url: '/?token=secret-2', cookie})).kind, 'home');
  for (let again = 0; again < 3; again++)
    assert.equal(statusOf(gate.judge(asked({url: '/?token=secret-2'}))), 403);
  // One new address until that is used, however often somebody asks.
  assert.deepEqual(links, [`http://${OWN}/?token=secret-3`]);
  assert.equal(gate.judge(asked({url: '/?token=secret-3'})).kind, 'enter');
  gate.judge(asked({url: '/?token=secret-3'}));
  gate.judge(asked({url: '/?token=secret-4'}));
  gate.judge(asked({url: '/?token=secret-4'}));
  assert.equal(links.length, 2, 'as many as are allowed');
});

test('what looks ahead does not use the token up', () => {
  const {gate} = open();
  assert.equal(statusOf(gate.judge(asked({url: '/?token=secret-2', method: 'HEAD'}))), 503);
  assert.equal(statusOf(gate.judge(asked({url: '/?token=secret-2', purpose: 'prefetch;prerender'}))), 503);
  assert.equal(gate.judge(asked({url: '/?token=secret-2'})).kind, 'enter');
});

test('a page elsewhere may lead a person here, who then comes from a page of ours', () => {
  const {gate} = open();
  const foreign = {url: '/?token=secret-2', site: 'cross-site', mode: 'navigate'};
  assert.deepEqual(gate.judge(asked(foreign)), {kind: 'bounce', to: '/?token=secret-2&again=1'});
  const again = {...foreign, url: '/?token=secret-2&again=1'};
  assert.equal(statusOf(gate.judge(asked(again))), 403, 'not in a circle');
  assert.equal(statusOf(gate.judge(asked({...foreign, mode: 'no-cors'}))), 403);
  assert.equal(statusOf(gate.judge(asked({...foreign, url: '/?token=%22%3E%3Cscript%3E'}))), 403);
  assert.equal(gate.judge(asked({...again, site: 'same-origin'})).kind, 'enter');
});

test('everything that another site or another name could cause is refused, with the cookie and without', () => {
  const {gate} = open();
  const cookie = `fdl-inspect-${PORT}=secret-1`;
  const wrong: readonly (readonly [Partial<Asked>, status: number])[] = [
    [{cookie: null}, 403],
    [{cookie: `fdl-inspect-${PORT}=secret-2`}, 403],
    [{cookie: `fdl-inspect-${PORT}=`}, 403],
    [{cookie: `fdl-inspect-${PORT + 1}=secret-1`}, 403],
    [{cookie: `x-fdl-inspect-${PORT}=secret-1`}, 403],
    [{url: '/?token='}, 403],
    [{url: '/?token=secret-1', cookie: null}, 403],
    [{url: '/?token=secret-22', cookie: null}, 403],
    [{url: '/api/about?token=secret-2', cookie: null}, 403],
    [{method: 'POST'}, 405],
    [{method: 'OPTIONS'}, 405],
    [{hosts: []}, 421],
    [{hosts: [OWN, OWN]}, 421],
    [{hosts: ['127.0.0.1']}, 421],
    [{hosts: [`127.0.0.1:${PORT + 1}`]}, 421],
    [{hosts: [`evil.example:${PORT}`]}, 421],
    [{hosts: [`127.0.0.1.evil.example:${PORT}`]}, 421],
    [{hosts: [`0.0.0.0:${PORT}`]}, 421],
    [{hosts: [`[::1]:${PORT}`]}, 421],
    [{origin: 'null'}, 403],
    [{origin: 'http://evil.example'}, 403],
    [{origin: `https://${OWN}`}, 403],
    [{origin: `http://localhost:${PORT}`}, 403],
    [{origin: `http://127.0.0.1:${PORT + 1}`}, 403],
    [{site: 'cross-site'}, 403],
    [{site: 'same-site'}, 403],
    [{site: 'same-site', mode: 'navigate'}, 403],
  ];
  for (const [part, status] of wrong) {
    const verdict = gate.judge(asked({url: '/api/live', cookie, ...part}));
    if (part.url === '/?token=') assert.equal(verdict.kind, 'home', 'the cookie is enough');
    else assert.equal(statusOf(verdict), status, JSON.stringify(part));
  }
  const right: readonly Partial<Asked>[] = [
    {},
    {hosts: [`localhost:${PORT}`]},
    {hosts: [`localhost:${PORT}`], origin: `http://localhost:${PORT}`},
    {origin: `http://${OWN}`, site: 'same-origin'},
    {site: 'none', mode: 'navigate'},
    {method: 'HEAD'},
  ];
  for (const part of right)
    assert.equal(gate.judge(asked({url: '/api/live', cookie, ...part})).kind, 'pass', JSON.stringify(part));
  assert.equal(gate.judge(asked({url: '/?token=secret-2'})).kind, 'enter', 'none of this used it up');
});

test('on port 80 browsers leave the port away', () => {
  const {gate} = open(80);
  assert.equal(gate.judge(asked({url: '/?token=secret-2', hosts: ['127.0.0.1']})).kind, 'enter');
});

function open(port = PORT): {gate: Gate; links: string[]} {
  const links: string[] = [];
  let secrets = 0;
  const newSecret = () => `secret-${++secrets}`;
  return {gate: new Gate({port, newSecret, onUsedLink: (url) => links.push(url), linksMax: 2}), links};
}

/** A request of a program that is no browser. */
function asked(part: Partial<Asked>): Asked {
  const none = {origin: null, cookie: null, site: null, mode: null, purpose: null};
  return {method: 'GET', url: '/', hosts: [OWN], ...none, ...part};
}

function statusOf(verdict: Verdict): number | string {
  return verdict.kind === 'refuse' ? verdict.status : verdict.kind;
}
