/** `fdl list [PATTERN...]`: parses, asks, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {FdlError} from '../errors.js';
import type {FleetListing} from '../fleet-report.js';
import {LIST_ROWS_MAX, MESSAGE_TEXT_MAX, NAMED_MAX} from '../limits.js';
import type {Address} from '../model.js';
import {escapeMessage} from '../terminal/escape.js';
import {viewColor} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import type {HelpRow} from './support/help.js';
import {serverFlags} from './support/server-flags.js';
import {readServers} from './support/server-list.js';
import {withSimilar} from './support/similar.js';
import {listenForStop, type StopSignals} from './support/stop-signals.js';

export default class List extends FdlCommand {
  static override summary = 'List the files that the servers offer, and who has them.';

  static override description = [
    'Asks every server, and shows each file with its size, its time, and whether all servers have it whole and in the',
    'same version. On a terminal a long list is shown as folders.',
  ].join(' ');

  static override usage = '<%= command.id %> [PATTERN...] [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'at least one server answered, and something fits'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag or the list of servers is wrong'],
    ['3', 'no server reachable'],
    ['4', 'nothing on offer fits a pattern'],
    ['6', 'every server that answers breaks the protocol'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Everything that the servers in servers.txt offer:',
      command: '<%= config.bin %> <%= command.id %>',
    },
    {
      description: 'Below a folder, and by a pattern (in quotes, or the shell takes it):',
      command: "<%= config.bin %> <%= command.id %> models/ 'data/*.zip'",
    },
    {
      description: 'Names for a script:',
      command: "<%= config.bin %> <%= command.id %> --json | jq -r '.files[].name'",
    },
  ];

  static override strict = false;

  static override args = {
    pattern: stringArg({
      description: "names, folders ending in '/', or patterns with * ? and **; everything when there is none",
    }),
  };

  static override flags = {
    ...serverFlags,
    every: boolean({
      env: 'FDL_EVERY',
      summary: 'show every file, however many there are; a pipe always gets all',
    }),
  };

  #stop: StopSignals | undefined;

  async run(): Promise<FleetListing> {
    const {argv, flags} = await this.parse(List);
    const servers = await readServers(flags.server ?? [], flags.servers);
    const {list} = await import('../fleet.js');
    const isFolded = process.stdout.isTTY && !flags.every && !this.jsonEnabled();
    this.#stop = listenForStop(() => {});
    try {
      const listing = await list({
        servers,
        words: argv.map(String),
        detailsMax: isFolded ? LIST_ROWS_MAX : Number.POSITIVE_INFINITY,
        signal: this.#stop.signal,
      });
      if (!this.jsonEnabled()) await this.#print(listing, isFolded ? LIST_ROWS_MAX : null);
      await this.#tell(listing, servers, flags.quiet);
      return listing;
    } finally {
      this.#stop.release();
    }
  }

  /** The list is data, so it goes to standard output, whole where nobody's terminal cuts it. */
  async #print(listing: FleetListing, rowsMax: number | null): Promise<void> {
    const {listLines} = await import('../terminal/fleet-list.js');
    const {stdout} = process;
    const columns = stdout.isTTY ? (stdout.columns ?? null) : null;
    const lines = listLines(listing, {color: viewColor(stdout, process.env), columns, rowsMax});
    if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
  }

  /** Servers that are silent, and words that nothing fits: an error where nothing fits any of them. */
  async #tell(listing: FleetListing, servers: readonly Address[], isQuiet: boolean): Promise<void> {
    const {absentServerLines, listSummary} = await import('../terminal/fleet-list.js');
    const {unmatched, files} = listing;
    if (!isQuiet) for (const line of absentServerLines(listing)) this.say(`warning: ${line}`);
    if (unmatched.length > 0) {
      const error = nothingFits(unmatched);
      if (files.length === 0)
        throw await withSimilar(error, unmatched[0] ?? '', servers, 'files and folders');
      process.exitCode = error.exitCode;
      this.say(`warning: ${escapeMessage(error.message, MESSAGE_TEXT_MAX)}`);
    }
    if (!isQuiet) this.say(files.length === 0 ? 'the servers offer no file' : listSummary(listing));
  }

  protected override exitCodeOf(error: FdlError): number {
    return (error.code === 'interrupted' ? this.#stop?.exitCode() : null) ?? error.exitCode;
  }
}

function nothingFits(words: readonly string[]): FdlError {
  const shown = words.slice(0, NAMED_MAX).map((word) => `"${word}"`);
  const more = words.length > shown.length ? ` and ${words.length - shown.length} more` : '';
  return new FdlError('file-not-found', `no server offers ${shown.join(', ')}${more}`, {
    hint: "'fdl list' without a pattern shows everything on offer.",
  });
}
