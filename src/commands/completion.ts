/** `fdl completion SHELL`: prints the script that makes a shell complete commands, flags and their values. */

import {string as stringArg} from '@oclif/core/args';
import {FdlCommand} from './base.js';
import {bashCompletion} from './support/completion/bash.js';
import {fishCompletion} from './support/completion/fish.js';
import {type CompletedCommand, completedCommands} from './support/completion/words.js';
import {zshCompletion} from './support/completion/zsh.js';
import type {HelpRow} from './support/help.js';

const SCRIPTS = {bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion} as const satisfies Record<
  string,
  (program: string, commands: readonly CompletedCommand[]) => string
>;
type Shell = keyof typeof SCRIPTS;

export interface CompletionResult {
  readonly shell: Shell;
  readonly script: string;
}

export default class Completion extends FdlCommand {
  static override summary = 'Print a script that completes commands and flags in a shell.';

  static override description =
    'The script knows every command, flag and value of this version: make it again after an update.';

  static override usage = '<%= command.id %> SHELL [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'printed'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: no shell is named, or one that is not known'],
  ];

  static override examples = [
    {
      description: 'bash, in ~/.bashrc:',
      command: 'eval "$(<%= config.bin %> <%= command.id %> bash)"',
    },
    {
      description: 'zsh, in ~/.zshrc behind compinit:',
      command: 'eval "$(<%= config.bin %> <%= command.id %> zsh)"',
    },
    {
      description: 'fish, once:',
      command: '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/<%= config.bin %>.fish',
    },
  ];

  static override args = {
    shell: stringArg({description: 'bash, zsh or fish', options: Object.keys(SCRIPTS), required: true}),
  };

  async run(): Promise<CompletionResult> {
    const {args} = await this.parse(Completion);
    const shell = args.shell as Shell;
    const script = SCRIPTS[shell](this.config.bin, completedCommands(this.config.commands));
    if (!this.jsonEnabled()) process.stdout.write(script);
    return {shell, script};
  }
}
