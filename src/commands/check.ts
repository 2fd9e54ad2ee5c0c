/** `fdl check [FILE]`: parses, looks, prints. */

import {string as stringArg} from '@oclif/core/args';
import {custom} from '@oclif/core/flags';
import {systemClock} from '../actors/clock.js';
import type {FdlError} from '../errors.js';
import type {Finding, FleetCheck} from '../fleet-report.js';
import {CHECK_BLOCKS_DEFAULT, CHECK_BLOCKS_MAX} from '../limits.js';
import type {Address} from '../model.js';
import type {CheckView} from '../terminal/check-view.js';
import {viewColor, viewMode} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import {parseDigest, parseWhole} from './parse.js';
import type {HelpRow} from './support/help.js';
import {serverFlags} from './support/server-flags.js';
import {readServers} from './support/server-list.js';
import {hintWithSimilar} from './support/similar.js';
import {listenForStop, type StopSignals} from './support/stop-signals.js';

const digest = custom<string>({parse: async (text) => parseDigest(text), helpValue: 'HEX'});
const blocks = custom<number>({parse: async (text) => parseWhole(text, 0, CHECK_BLOCKS_MAX), helpValue: 'N'});

export default class Check extends FdlCommand {
  static override summary = 'Look at every server before the first byte: would a download succeed?';

  static override description = [
    'Names each server that is unreachable, slow, busy, has another version or only a part of the file, or sends wrong',
    'blocks: some at random are fetched and compared with digests that are proved up to the root. Nothing is written.',
    'Without FILE, the servers alone are looked at.',
  ].join(' ');

  static override usage = '<%= command.id %> [FILE] [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'a download would succeed; without FILE: a server answers'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag, the list of servers or a name is wrong'],
    ['3', 'no server reachable, or one that would be needed is not'],
    ['4', 'every server answered, and the file or a fragment is nowhere'],
    ['5', 'the servers disagree, or have another version than --root or --sha256'],
    ['6', 'no honest source is left'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Would this download succeed, and who is the matter?',
      command: '<%= config.bin %> <%= command.id %> x.zip',
    },
    {
      description: 'Exactly the published version, and a closer look at the content:',
      command: '<%= config.bin %> <%= command.id %> x.zip --sha256 HEX --blocks 500',
    },
    {description: 'Which servers are up:', command: '<%= config.bin %> <%= command.id %>'},
  ];

  static override args = {
    file: stringArg({description: 'name of the file on the servers'}),
  };

  static override flags = {
    ...serverFlags,
    blocks: blocks({
      default: CHECK_BLOCKS_DEFAULT,
      env: 'FDL_BLOCKS',
      summary: 'random blocks to fetch from each server, in at most a second each',
    }),
    root: digest({env: 'FDL_ROOT', summary: 'the version to look for, by its root'}),
    sha256: digest({env: 'FDL_SHA256', summary: 'the version to look for, by the SHA-256 of the whole file'}),
  };

  #stop: StopSignals | undefined;

  async run(): Promise<FleetCheck> {
    const {args, flags} = await this.parse(Check);
    const servers = await readServers(flags.server ?? [], flags.servers);
    const {check} = await import('../fleet.js');
    const view = await this.#openView(flags.quiet);
    this.#stop = listenForStop(() => view.stop());
    try {
      const found = await check({
        servers,
        ...(args.file !== undefined && {file: args.file}),
        blocks: flags.blocks,
        ...(flags.root !== undefined && {root: flags.root}),
        ...(flags.sha256 !== undefined && {sha256: flags.sha256}),
        signal: this.#stop.signal,
        onProgress: view.progress,
      });
      view.stop();
      const report = await withMeantName(found, servers);
      await this.#print(report, flags.quiet);
      process.exitCode = report.verdict.exitCode;
      return report;
    } finally {
      view.stop();
      this.#stop.release();
    }
  }

  async #openView(isQuiet: boolean): Promise<CheckView> {
    const {startCheckView} = await import('../terminal/check-view.js');
    const stream = process.stderr;
    return startCheckView({stream, mode: viewMode(stream, process.env, isQuiet), clock: systemClock});
  }

  /** The table is data, so it goes to standard output; the verdict is for people. */
  async #print(report: FleetCheck, isQuiet: boolean): Promise<void> {
    const {checkLines, verdictLines} = await import('../terminal/fleet-check.js');
    const {stdout, stderr} = process;
    if (!isQuiet && !this.jsonEnabled()) {
      const columns = stdout.isTTY ? (stdout.columns ?? null) : null;
      const lines = checkLines(report, {color: viewColor(stdout, process.env), columns});
      stdout.write(`${lines.join('\n')}\n`);
    }
    if (isQuiet && report.verdict.succeeds) return;
    for (const line of verdictLines(report, viewColor(stderr, process.env))) this.say(line);
  }

  protected override exitCodeOf(error: FdlError): number {
    return (error.code === 'interrupted' ? this.#stop?.exitCode() : null) ?? error.exitCode;
  }
}

/** A file that is nowhere may be one with a name like it. */
async function withMeantName(report: FleetCheck, servers: readonly Address[]): Promise<FleetCheck> {
  const {file, verdict} = report;
  const isNowhere = report.servers.every(({version}) => version === null);
  const isUnknown = report.servers.some(({findings}) => findings.some(isNotFound));
  if (file === null || !isNowhere || !isUnknown || verdict.succeeds) return report;
  const hint = (await hintWithSimilar(verdict.hint, file, servers)) ?? null;
  return {...report, verdict: {...verdict, hint}};
}

function isNotFound(finding: Finding): boolean {
  return finding.kind === 'absent' && finding.reason === 'file-not-found';
}
