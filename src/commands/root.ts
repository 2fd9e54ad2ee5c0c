/** `fdl root PATH...`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, string} from '@oclif/core/flags';
import type {FileRoot} from '../actors/local/root-of-file.js';
import {asFdlError, FdlError, worstOf} from '../errors.js';
import {rootLines} from '../terminal/local-lines.js';
import {errorLines} from '../terminal/summary.js';
import type {ErrorJson} from './base.js';
import type {HelpRow} from './support/help.js';
import {LocalCommand} from './support/local-command.js';

/** The result of `--json`: a row for each path, in their order. */
export interface RootsResult {
  readonly files: readonly (FileRoot | ({readonly path: string} & ErrorJson))[];
}

export default class Root extends LocalCommand {
  static override summary = 'Show root and SHA-256 of local files, to publish as a pin.';

  static override description = [
    'The root is the version of a file: it covers every block, the size and the SHA-256. Whoever has it can get exactly',
    'this version with --root. A manifest saved with --save lets others verify a copy block by block without a server.',
  ].join(' ');

  static override usage = '<%= command.id %> PATH... [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag is wrong, or a path is no file that can be read'],
    ['7', 'local disk: failed, or full where the manifest is saved'],
    ['8', 'the manifest exists'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {description: 'What to publish beside a file:', command: '<%= config.bin %> <%= command.id %> x.zip'},
    {
      description: 'With a manifest that proves a copy block by block:',
      command: '<%= config.bin %> <%= command.id %> x.zip --save x.zip.manifest.json',
    },
    {
      description: 'Of many files, with a manifest for each in a folder:',
      command: '<%= config.bin %> <%= command.id %> models/*.bin --save manifests/',
    },
  ];

  static override args = {
    path: stringArg({description: 'file; several may be given', required: true, multiple: true}),
  };

  static override flags = {
    save: string({
      env: 'FDL_SAVE',
      helpValue: 'PATH',
      summary: 'save the manifest: a file, or a folder that gets NAME.manifest.json of each',
    }),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace a manifest that exists'}),
  };

  async run(): Promise<RootsResult> {
    const {args, flags} = await this.parse(Root);
    const {path: paths} = args;
    const {save, force} = flags;
    if (save !== undefined && paths.length > 1 && !/[/\\]$/.test(save)) {
      throw new FdlError('usage', `--save: '${save}' is one file, for ${paths.length} paths`, {
        hint: 'Name a folder, with a slash at its end.',
      });
    }
    const {fileRoots} = await import('../root.js');
    const files: RootsResult['files'][number][] = [];
    const errors: FdlError[] = [];
    await this.work('hashing', flags.quiet, async (options) => {
      const wanted = paths.map((path) => ({path, force, ...(save !== undefined && {save}), ...options}));
      for await (const outcome of fileRoots(wanted)) {
        try {
          const root = outcome();
          files.push(root);
          this.answer(rootLines(root));
        } catch (thrown) {
          const error = asFdlError(thrown);
          if (error.code === 'interrupted' || paths.length === 1) throw error;
          errors.push(error);
          files.push({path: paths[files.length] ?? '', ...this.toErrorJson(error)});
          for (const line of errorLines(error, this.color)) this.say(line);
        }
      }
    });
    const worst = worstOf(errors);
    if (worst !== undefined) process.exitCode = worst.exitCode;
    return {files};
  }
}
