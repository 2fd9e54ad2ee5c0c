/** `fdl completion SHELL`: prints the script that makes a shell complete commands, flags and their values. */

import {string as stringArg} from '@oclif/core/args';
import {FdlCommand} from './base.js';
import type {HelpRow} from './support/help.js';

/** Loaded when asked for: the help of fdl loads every command. */
const SCRIPTS = {
  bash: async () => (await import('./support/completion/bash.js')).bashCompletion,
  zsh: async () => (await import('./support/completion/zsh.js')).zshCompletion,
  fish: async () => (await import('./support/completion/fish.js')).fishCompletion,
} as const;
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
    shell: stringArg({description: 'the shell', options: Object.keys(SCRIPTS), required: true}),
  };

  async run(): Promise<CompletionResult> {
    const {args} = await this.parse(Completion);
    const shell = args.shell as Shell;
    const {completedCommands} = await import('./support/completion/words.js');
    const scriptOf = await SCRIPTS[shell]();
    const script = scriptOf(this.config.bin, completedCommands(this.config.commands));
    if (!this.jsonEnabled()) process.stdout.write(script);
    return {shell, script};
  }
}
