/** `fdl split PATH`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, string} from '@oclif/core/flags';
import type {SplitResult} from '../actors/local/split-file.js';
import {splitLine} from '../terminal/local-lines.js';
import type {HelpRow} from './support/help.js';
import {LocalCommand} from './support/local-command.js';

export default class Split extends LocalCommand {
  static override summary = 'Make the fragments of a file by hand, as a server does.';

  static override description = [
    'Makes a folder named like the file, with its fragments of 100 MiB and an index.json that proves them, in the folder',
    'fragments beside it: a server started there finds everything done. Elsewhere the fragments are a copy, to be',
    "served without the file, or carried to another machine and joined there with 'fdl join'.",
  ].join(' ');

  static override usage = '<%= command.id %> PATH [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag or a name is wrong, or the path is no file that can be read'],
    ['7', 'local disk: full, read-only or failed'],
    ['8', 'the fragments exist, or something else is in their place'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Ahead of the first start of a server of the folder files:',
      command: '<%= config.bin %> <%= command.id %> files/x.zip',
    },
    {
      description: 'As a copy for another server, under the name it shall have there:',
      command: '<%= config.bin %> <%= command.id %> a.bin --output /data/fragments --name models/a.bin',
    },
  ];

  static override args = {
    path: stringArg({description: 'the file', required: true}),
  };

  static override flags = {
    output: string({
      char: 'o',
      env: 'FDL_OUTPUT',
      helpValue: 'DIR',
      summary: 'folder that gets a folder for the file; else the folder fragments beside it',
    }),
    name: string({
      char: 'n',
      env: 'FDL_NAME',
      helpValue: 'NAME',
      summary: 'name of the file on servers, like models/a.bin; else that of the file',
    }),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace fragments that exist'}),
  };

  async run(): Promise<SplitResult> {
    const {args, flags} = await this.parse(Split);
    const {output, name, force} = flags;
    const {split} = await import('../fragments.js');
    const result = await this.work('cutting', flags.quiet, (options) =>
      split({
        path: args.path,
        force,
        ...(output !== undefined && {output}),
        ...(name !== undefined && {name}),
        ...options,
      }),
    );
    if (!flags.quiet) this.say(splitLine(result, process.cwd()));
    return result;
  }
}
