import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Clock} from '../../src/actors/clock.js';
import {PLAIN_LINE_MS, PLAIN_LINE_MS_MIN, REDRAW_MS} from '../../src/limits.js';
import {startLiveView} from '../../src/terminal/live-view.js';
import {redrawnView} from '../../src/terminal/redrawn-view.js';
import {
  type LiveViewOptions,
  type ViewMode,
  type ViewStream,
  viewColor,
  viewMode,
} from '../../src/terminal/view-mode.js';
import {progressOf, serverOf} from './sample-reports.js';

const SERVERS = [serverOf(9000, {kind: 'transferring'})];

test('a terminal is redrawn at most once in REDRAW_MS, and the last report is never lost', () => {
  const {view, clock, written} = start('live');
  for (let doneBytes = 0; doneBytes < 50; doneBytes++)
    view.progress(progressOf({size: 100, doneBytes, servers: SERVERS}));
  assert.equal(written.length, 1);
  clock.advance(REDRAW_MS);
  assert.equal(written.length, 2);
  assert.match(written[1] ?? '', /49 %/);
});

test('nothing is redrawn without news', () => {
  const {view, clock, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  clock.advance(10 * REDRAW_MS);
  assert.equal(written.length, 1);
});

test('after stop the terminal is clean, no timer is left and nothing more is shown', () => {
  const {view, clock, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  view.progress(progressOf({doneBytes: 5, servers: SERVERS}));
  view.stop();
  assert.match(written.at(-1) ?? '', /\u001b\[2K\u001b\[1A\u001b\[2K/, 'the lines are erased');
  assert.equal(clock.pending(), 0);
  const count = written.length;
  clock.advance(10 * REDRAW_MS);
  view.stop();
  assert.equal(written.slice(count).join(''), '');
});

test('the cursor is never hidden', () => {
  const {view, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  view.stop();
  assert.doesNotMatch(written.join(''), /\u001b\[\?25l/);
});

test('a notice stands above what is redrawn, which is never gone for long', () => {
  const {view, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  view.notice({kind: 'server-back', address: 'a:1'});
  const text = written.join('');
  assert.ok(text.indexOf('a:1: is back\n') < text.lastIndexOf('x.zip'));
});

test('that all servers are busy is said by the view alone', () => {
  const {view, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  view.notice({kind: 'all-busy', waitMs: 5_000});
  assert.equal(written.length, 1);
  const plain = start('plain');
  plain.view.notice({kind: 'all-busy', waitMs: 5_000});
  assert.equal(plain.written.length, 1);
});

test('while a full disk is waited for, the view says so instead of a rate', () => {
  const {view, clock, written} = start('live');
  const show = (doneBytes: number) => {
    view.progress(progressOf({doneBytes, servers: SERVERS}));
    clock.advance(REDRAW_MS);
    return written.at(-1) ?? '';
  };
  show(5_000_000);
  view.notice({kind: 'disk-full', path: '/data/x', needBytes: 5, waitMs: 300_000});
  assert.match(written.at(-1) ?? '', /waiting for room on the disk$/m);
  assert.match(show(6_000_000), /312 MB\/s/);
});

test('without a terminal there is a line at each tenth, a second apart at least, and every PLAIN_LINE_MS', () => {
  const {view, clock, written} = start('plain');
  const show = (doneBytes: number, elapsedMs = 2_000) =>
    view.progress(progressOf({size: 100, doneBytes, elapsedMs, servers: SERVERS}));
  for (let doneBytes = 0; doneBytes < 50; doneBytes++) show(doneBytes);
  assert.equal(written.length, 1, 'all within a second');
  clock.advance(PLAIN_LINE_MS_MIN);
  show(50);
  show(51);
  assert.equal(written.length, 2, 'another tenth');
  clock.advance(PLAIN_LINE_MS);
  show(51);
  assert.equal(written.length, 3, 'a while has passed');
  clock.advance(PLAIN_LINE_MS);
  show(52, 20 * PLAIN_LINE_MS);
  assert.equal(written.length, 3, 'a long download says less');
  assert.ok(written.every((line) => line.endsWith('\n') && !line.includes('\u001b')));
});

test('a download that is over within a moment has no lines but its summary', () => {
  const {view, clock, written} = start('plain');
  view.progress(progressOf({phase: 'planning', size: null, elapsedMs: 100}));
  view.progress(progressOf({size: 100, doneBytes: 50, elapsedMs: 500}));
  clock.advance(PLAIN_LINE_MS_MIN);
  view.progress(progressOf({size: 100, doneBytes: 100, elapsedMs: 1_500, phase: 'finishing'}));
  assert.deepEqual(written, []);
});

test('the start of a download that takes longer is told when the first bytes have come', () => {
  const {view, clock, written} = start('plain');
  view.progress(progressOf({phase: 'planning', size: null, elapsedMs: 1_000}));
  clock.advance(PLAIN_LINE_MS_MIN);
  view.progress(progressOf({doneBytes: 0, bytesPerSecond: 0, elapsedMs: 2_000}));
  assert.equal(written.length, 1);
  view.progress(progressOf({doneBytes: 1, elapsedMs: 2_100}));
  assert.equal(written.length, 2);
});

test('what is told while the view of a terminal is being loaded is shown when it is there', async () => {
  const {view, written, loaded} = startLate();
  view.progress(progressOf({doneBytes: 1, servers: SERVERS}));
  view.notice({kind: 'server-back', address: 'a:1'});
  view.progress(progressOf({doneBytes: 2, servers: SERVERS}));
  assert.deepEqual(written, []);
  await loaded();
  assert.match(written.join(''), /a:1: is back\n[\s\S]*x\.zip/);
  const count = written.length;
  view.stop();
  assert.match(written.slice(count).join(''), /\u001b\[2K/, 'the lines are erased');
});

test('a download that ends before its view is loaded loses no notice, and draws nothing later', async () => {
  const {view, written, loaded} = startLate();
  view.progress(progressOf({servers: SERVERS}));
  view.notice({kind: 'server-back', address: 'a:1'});
  view.stop();
  await loaded();
  view.progress(progressOf({servers: SERVERS}));
  assert.deepEqual(written, ['a:1: is back\n']);
});

test('quiet shows nothing', () => {
  const {view, written} = start('silent');
  view.progress(progressOf());
  view.notice({kind: 'server-back', address: 'a:1'});
  view.stop();
  assert.deepEqual(written, []);
});

test('words that were asked for are shown in every mode and at any time, above what is redrawn', async () => {
  for (const mode of ['plain', 'silent'] as const) {
    const {view, written} = start(mode);
    view.line('look here');
    view.stop();
    view.line('and there');
    assert.deepEqual(written, ['look here\n', 'and there\n'], mode);
  }
  const late = startLate();
  late.view.line('look here');
  assert.deepEqual(late.written, ['look here\n']);
  const {view, written} = start('live');
  view.progress(progressOf({servers: SERVERS}));
  const before = written.length;
  view.line('look here');
  assert.match(written.slice(before).join(''), /look here\n[\s\S]*x\.zip/, 'the view is there again');
});

test('only a terminal that somebody watches is redrawn', () => {
  const terminal = streamOf(true, []);
  assert.equal(viewMode(terminal, {TERM: 'xterm'}, false), 'live');
  assert.equal(viewMode(terminal, {TERM: 'xterm', NO_COLOR: '1'}, false), 'live');
  assert.equal(viewMode(terminal, {TERM: 'dumb'}, false), 'plain');
  assert.equal(viewMode(terminal, {TERM: 'xterm', CI: 'true'}, false), 'plain');
  assert.equal(viewMode(streamOf(false, []), {TERM: 'xterm'}, false), 'plain');
  assert.equal(viewMode(terminal, {TERM: 'xterm'}, true), 'silent');
});

test('NO_COLOR takes the colours away', () => {
  const terminal = {...streamOf(true, []), getColorDepth: () => 8};
  assert.equal(viewColor(terminal, {}), true);
  assert.equal(viewColor(terminal, {NO_COLOR: '1'}), false);
  assert.equal(viewColor({...terminal, isTTY: false}, {}), false);
});

function start(mode: ViewMode) {
  const written: string[] = [];
  const clock = new ManualClock();
  const options = {stream: streamOf(true, written), mode, clock, color: false};
  return {view: mode === 'live' ? redrawnView(options) : startLiveView(options), clock, written};
}

/** A view of a terminal whose module comes when `loaded` is called. */
function startLate() {
  const written: string[] = [];
  let come = (_start: typeof redrawnView): void => {};
  const coming = new Promise<typeof redrawnView>((resolve) => {
    come = resolve;
  });
  const options: LiveViewOptions = {
    stream: streamOf(true, written),
    mode: 'live',
    clock: new ManualClock(),
    color: false,
  };
  const view = startLiveView(options, () => coming);
  const loaded = async (): Promise<void> => {
    come(redrawnView);
    await coming;
  };
  return {view, written, loaded};
}

function streamOf(isTTY: boolean, written: string[]): ViewStream {
  return {isTTY, columns: 80, rows: 24, write: (text: string) => written.push(text)};
}

/** Goes from deadline to deadline when told to. */
class ManualClock implements Clock {
  #now = 0;
  #timers: {at: number; callback: () => void}[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = {at: this.#now + delayMs, callback};
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({at}) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = next.at;
      this.clearTimeout(next);
      next.callback();
    }
    this.#now = end;
  }
}
