/** What a download loses when one server of several freezes, dies, becomes slow or is busy, beside what it must lose. */

import {statSync} from 'node:fs';

import {formatBytes} from '../../src/units.js';
import {type ChaosProxy, startProxy} from '../../test/support/chaos-proxy.js';
import {commandsOf, type DownloadSample, type DownloadScene, downloadWith} from '../harness/downloads.js';
import {seconds} from '../harness/format.js';
import {LINKS_NOTE, type LinkStage, linkStage, UNEQUAL} from '../harness/link-sets.js';
import {linksMissing} from '../harness/links.js';
import {aria2Impatient, fdl, installed, type Tool} from '../harness/peers.js';
import {type Contender, inTurn, type Rounds} from '../harness/rounds.js';
import {median} from '../harness/statistics.js';
import {type Struck, strikeLater} from '../harness/strikes.js';
import type {Bench, Report, Suite, Target} from '../harness/suite.js';
import {BUSY, type Busy, busyControl, ratesLeft, STRIKES, type Strike} from '../harness/troubles.js';

const ROUNDS = 3;
const OURS = fdl();
/** The fastest server: nobody has more to lose. */
const VICTIM = 0;
/** Over rest / sum of the rates that remain, from the trouble to the end of the process. */
const EXCESS_SECONDS_MAX = 2.5;

/** How a run ended. A peer may not get over it; that is a result, not an error of the bench. */
type Outcome = Arrived | {readonly kind: 'failed'; readonly why: string};

interface Arrived {
  readonly kind: 'arrived';
  readonly wholeSeconds: number;
  /** From the trouble to the end of the process. */
  readonly restSeconds: number;
  /** What the links that remain needed at least for what was missing then. */
  readonly idealSeconds: number;
  /** What still came over the victim's link. */
  readonly victimBytes: number;
}

const COLUMNS = [
  'trouble',
  'tool',
  'process',
  'after the trouble',
  'at least',
  'over',
  'worst',
  'still from it',
  'failed',
];

type Trouble = Strike | Busy;

interface Case extends Contender<Outcome> {
  readonly tool: string;
  readonly trouble: Trouble;
}

export const trouble: Suite = {
  name: 'trouble',
  question: 'what does it cost when one of four servers freezes, dies, becomes slow or is busy?',
  run: async (bench) => {
    const reason = linksMissing();
    if (reason !== undefined) return report([], new Map(), {}, [`the whole suite: ${reason}`]);
    const {there, missing} = installed([OURS, aria2Impatient]);
    const stage = await linkStage(bench, bench.cleanup, UNEQUAL);
    const cases = await casesOf(bench, stage, there);
    const outcomes = await inTurn(
      cases,
      bench.rounds ?? (bench.isQuick ? 1 : ROUNDS),
      (name, round, outcome) => bench.say(`round ${round + 1}  ${name}: ${said(outcome)}`),
      // The links set the pace: nothing is faster the second time, and a round takes minutes.
      0,
    );
    return report(cases, outcomes, commandsOf(there, stage.scene), [
      ...missing,
      `aria2, ${BUSY.name}: nginx has no busy answer that says when to come back`,
    ]);
  },
};

async function casesOf(bench: Bench, stage: LinkStage, tools: readonly Tool[]): Promise<Case[]> {
  const struck = tools.flatMap((tool) => STRIKES.map((strike) => strikeCase(stage, tool, strike)));
  return [...struck, await busyCase(bench, stage)];
}

function strikeCase(stage: LinkStage, tool: Tool, strike: Strike): Case {
  const {links, rates, servers, scene} = stage;
  const [link, server] = [links[VICTIM], servers[tool.speaks][VICTIM]];
  if (link === undefined || server === undefined) throw new Error('there is no server to be hurt');
  const download = downloadWith(tool, scene);
  return {
    name: `${tool.name}, ${strike.name}`,
    tool: tool.name,
    trouble: strike,
    run: async () => {
      const startMs = performance.now();
      const later = strikeLater(links, statSync(scene.original).size, strike, {link, server});
      try {
        const sample = await download.run();
        const struck = later.struck();
        if (struck === undefined) throw new Error(`the download was over before: ${strike.name}`);
        // Never less than nothing: a packet without options has less header than is taken off for each.
        const victimBytes = Math.max(0, link.payloadBytes() - struck.victimBytes);
        return {...arrived(sample, startMs, struck, ratesLeft(rates, VICTIM, strike.left)), victimBytes};
      } catch (error) {
        if (tool.speaks === 'fdl') throw error;
        return {kind: 'failed', why: String(error)};
      } finally {
        await later.mend();
      }
    },
  };
}

/** fdl alone: the busy server is one behind a proxy that refuses fetches in its name, since that needs no restart. */
async function busyCase(bench: Bench, {links, rates, servers, scene}: LinkStage): Promise<Case> {
  let startMs = 0;
  const [link, server] = [links[VICTIM], servers.fdl[VICTIM]];
  if (link === undefined || server === undefined) throw new Error('there is no server to be busy');
  const proxy = await startProxy(bench.cleanup, server.port, {
    targetHost: server.host,
    control: busyControl(() => startMs),
  });
  const download = downloadWith(OURS, withProxy(scene, proxy));
  return {
    name: `${OURS.name}, ${BUSY.name}`,
    tool: OURS.name,
    trouble: BUSY,
    run: async () => {
      startMs = performance.now();
      const before = link.payloadBytes();
      const sample = await download.run();
      const start = {atMs: startMs, restBytes: statSync(scene.original).size};
      const victimBytes = link.payloadBytes() - before;
      return {...arrived(sample, startMs, start, ratesLeft(rates, VICTIM, BUSY.left)), victimBytes};
    },
  };
}

function withProxy(scene: DownloadScene, proxy: ChaosProxy): DownloadScene {
  const {fdl, http} = scene.fleets;
  const addresses = fdl.addresses.map((address, index) => (index === VICTIM ? proxy.address : address));
  return {...scene, fleets: {fdl: {...fdl, addresses}, http}};
}

function arrived(
  sample: DownloadSample,
  startMs: number,
  struck: Pick<Struck, 'atMs' | 'restBytes'>,
  bytesPerSecond: number,
): Omit<Arrived, 'victimBytes'> {
  return {
    kind: 'arrived',
    wholeSeconds: sample.seconds,
    restSeconds: sample.seconds - (struck.atMs - startMs) / 1_000,
    idealSeconds: struck.restBytes / bytesPerSecond,
  };
}

function report(
  cases: readonly Case[],
  outcomes: Rounds<Outcome>,
  commands: Report['commands'],
  skipped: readonly string[],
): Report {
  return {
    tables: [
      {
        title: `${UNEQUAL.name} Mbit/s, the fastest server has trouble`,
        columns: COLUMNS,
        rows: cases.map((it) => row(it, outcomes.get(it.name) ?? [])),
      },
    ],
    targets: cases
      .filter(({tool}) => tool === OURS.name)
      .map(({name, trouble}) => target(trouble, outcomes.get(name) ?? [])),
    plots: [
      {
        kind: 'bars',
        file: 'trouble',
        title: 'Seconds lost, beside what the links that remain need',
        unit: 's',
        bars: cases.map(({name}) => ({name, value: median((outcomes.get(name) ?? []).flatMap(excess))})),
      },
    ],
    commands,
    skipped,
    notes: [
      ...LINKS_NOTE,
      'Over is the time from the trouble to the end of the process, less what was missing then by the rates that remain.',
      'The server of the fastest link is hurt, when the links have brought the share of the file that is named.',
      'Still from it: payload over its link after that, of which the first was under way in the kernel of a stopped process.',
      'Busy: fetches are refused by a proxy in the second half of every 2 s; what is under way goes on, as with a real server.',
      'aria2 is told to be as impatient as it can be; its manual has 60 s, and no least speed.',
    ],
    raw: Object.fromEntries(outcomes),
  };
}

function row({tool, trouble}: Case, outcomes: readonly Outcome[]): string[] {
  const done = outcomes.flatMap((outcome) => (outcome.kind === 'arrived' ? [outcome] : []));
  const failed = outcomes.length - done.length;
  if (done.length === 0) return [trouble.name, tool, '', '', '', '', '', '', String(failed)];
  const over = done.flatMap(excess);
  return [
    trouble.name,
    tool,
    seconds(median(done.map(({wholeSeconds}) => wholeSeconds))),
    seconds(median(done.map(({restSeconds}) => restSeconds))),
    seconds(median(done.map(({idealSeconds}) => idealSeconds))),
    seconds(median(over)),
    seconds(Math.max(...over)),
    formatBytes(median(done.map(({victimBytes}) => victimBytes))),
    String(failed),
  ];
}

function target({name}: Trouble, outcomes: readonly Outcome[]): Target {
  const seen = median(outcomes.flatMap(excess));
  const asked = `<= ${seconds(EXCESS_SECONDS_MAX)}`;
  return {what: `fdl, ${name}: over`, asked, seen: seconds(seen), isMet: seen <= EXCESS_SECONDS_MAX};
}

/** Seconds over what the links needed; nothing of a run that failed. */
function excess(outcome: Outcome): number[] {
  return outcome.kind === 'failed' ? [] : [outcome.restSeconds - outcome.idealSeconds];
}

function said(outcome: Outcome): string {
  if (outcome.kind === 'failed') return `failed: ${outcome.why.split('\n')[0]}`;
  const over = outcome.restSeconds - outcome.idealSeconds;
  return `${seconds(outcome.wholeSeconds)}, ${seconds(over)} over`;
}
