/** `fdl root PATH...`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {boolean, string} from '@oclif/core/flags';
import type {FileRoot} from '../actors/local/root-of-file.js';
import {FdlError} from '../errors.js';
import {rootLines} from '../terminal/local-lines.js';
import type {HelpRow} from './support/help.js';
import {type FailedFile, LocalCommand} from './support/local-command.js';

/** The result of `--json`: a row for each file, in their order. */
export interface RootsResult {
  readonly files: readonly (FileRoot | FailedFile)[];
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
      description: 'Of all files below a folder, with a manifest for each:',
      command: '<%= config.bin %> <%= command.id %> models --save manifests/',
    },
  ];

  static override args = {
    path: stringArg({
      description: 'file, or folder for all files below it; several may be given',
      required: true,
      multiple: true,
    }),
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
    const {save, force} = flags;
    const {filesAt} = await import('../actors/local/local-paths.js');
    const paths = (await filesAt(args.path)).map(({path}) => path);
    if (save !== undefined && paths.length > 1 && !/[/\\]$/.test(save)) {
      throw new FdlError('usage', `--save: '${save}' is one file, for ${paths.length} files`, {
        hint: 'Name a folder, with a slash at its end.',
      });
    }
    const {fileRoots} = await import('../root.js');
    const files = await this.work('hashing', flags.quiet, (options) => {
      const wanted = paths.map((path) => ({path, force, ...(save !== undefined && {save}), ...options}));
      return this.rows(paths, fileRoots(wanted), (root) => {
        this.answer(rootLines(root, process.cwd()));
        return null;
      });
    });
    return {files};
  }
}
