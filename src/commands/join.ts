/** `fdl join DIR`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, string} from '@oclif/core/flags';
import type {JoinResult} from '../actors/local/join-fragments.js';
import {joinLine} from '../terminal/local-lines.js';
import type {HelpRow} from './support/help.js';
import {digestFlag, LocalCommand} from './support/local-command.js';

export default class Join extends LocalCommand {
  static override summary = 'Join a folder of fragments into the file, every block verified.';

  static override description = [
    'The folder holds fragments and their index.json, as a server or fdl split makes them. Missing and damaged fragments',
    'are named, and no file is left then. The file gets its name when all of it is right and on the disk.',
  ].join(' ');

  static override usage = '<%= command.id %> DIR [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done, verified'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag is wrong, there is no such folder, or its index.json is missing or damaged'],
    ['4', 'fragments are missing'],
    ['5', 'the fragments are of another version than --root'],
    ['6', 'fragments are damaged'],
    ['7', 'local disk: full, read-only or failed'],
    ['8', 'the output exists, or a download is writing it'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Into this folder:',
      command: '<%= config.bin %> <%= command.id %> files/fragments/x.zip',
    },
    {
      description: 'Elsewhere, and only the published version:',
      command: '<%= config.bin %> <%= command.id %> /mnt/stick/x.zip --output /data/ --root HEX',
    },
  ];

  static override args = {
    dir: stringArg({description: 'folder with the fragments and their index.json', required: true}),
  };

  static override flags = {
    output: string({
      char: 'o',
      env: 'FDL_OUTPUT',
      helpValue: 'PATH',
      summary: 'file to write, or folder to put it in; else the file is put into the current folder',
    }),
    name: string({
      char: 'n',
      env: 'FDL_NAME',
      helpValue: 'NAME',
      summary: 'name of the file, where neither the folder nor its fragments are called after it',
    }),
    root: digestFlag({env: 'FDL_ROOT', summary: 'the version that it must be, by its root'}),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace an existing output when all is right'}),
  };

  async run(): Promise<JoinResult> {
    const {args, flags} = await this.parse(Join);
    const {output, name, root, force} = flags;
    const {join} = await import('../fragments.js');
    const result = await this.work('joining', flags.quiet, (options) =>
      join({
        folder: args.dir,
        force,
        ...(output !== undefined && {output}),
        ...(name !== undefined && {name}),
        ...(root !== undefined && {root}),
        ...options,
      }),
    );
    if (!flags.quiet) this.say(joinLine(result, process.cwd()));
    return result;
  }
}
