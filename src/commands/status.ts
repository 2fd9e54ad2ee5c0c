/** `fdl status [FOLDER]`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import type {UnfinishedDownload} from '../actors/store/unfinished.js';
import {statusLines} from '../terminal/unfinished-lines.js';
import type {HelpRow} from './support/help.js';
import {LocalCommand} from './support/local-command.js';

/** The result of `--json`. */
export interface StatusResult {
  readonly downloads: readonly UnfinishedDownload[];
}

export default class Status extends LocalCommand {
  static override summary = 'List unfinished downloads in a folder.';

  static override description = [
    'Shows how much of each is there, since when, whether somebody works on it now, and the command that goes on. The',
    'servers it came from are not recorded: name them again.',
  ].join(' ');

  static override usage = '<%= command.id %> [FOLDER] [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done, whether there are any or not'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag is wrong, or there is no folder that can be read'],
  ];

  static override examples = [
    {description: 'Of this folder:', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Of a folder and all below it:',
      command: '<%= config.bin %> <%= command.id %> /data --recursive',
    },
  ];

  static override args = {
    folder: stringArg({description: 'the folder, or the path of one output; else the current folder'}),
  };

  static override flags = {
    recursive: boolean({char: 'r', env: 'FDL_RECURSIVE', summary: 'also in the folders below'}),
  };

  async run(): Promise<StatusResult> {
    const {args, flags} = await this.parse(Status);
    const {unfinished} = await import('../unfinished.js');
    const {recursive} = flags;
    const downloads = await unfinished({...(args.folder !== undefined && {path: args.folder}), recursive});
    const color = process.stdout.isTTY && this.color;
    this.answer(statusLines(downloads, {color, folder: process.cwd(), nowMs: Date.now()}));
    return {downloads};
  }
}
