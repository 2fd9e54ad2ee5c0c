/** `fdl verify PATH`: parses, calls, prints. */

import {basename} from 'node:path';
import {string as stringArg} from '@oclif/core/args';
import {file, string} from '@oclif/core/flags';
import type {VerifyOptions, VerifyResult} from '../actors/local/verify-file.js';
import {FdlError} from '../errors.js';
import {verifyLines} from '../terminal/local-lines.js';
import type {HelpRow} from './support/help.js';
import {digestFlag, LocalCommand} from './support/local-command.js';
import {serverFlags} from './support/server-flags.js';
import {readServers} from './support/server-list.js';
import {withSimilar} from './support/similar.js';
import {readSums} from './support/sums-flag.js';

/** A file that is not what it should be, as a download whose content cannot be verified. */
const EXIT_WRONG = 6;
const SERVERS_DEFAULT = 'servers.txt';

export default class Verify extends LocalCommand {
  static override summary = 'Check a local file: is it what servers have, or what was published?';

  static override description = [
    'Compares with the servers of servers.txt, or with what is given: a saved manifest, a root, a SHA-256. Against',
    'servers and manifests every block is compared, and wrong ones are named. Nothing is changed.',
  ].join(' ');

  static override usage = '<%= command.id %> PATH [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'the file is right'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag, the list of servers, the file or the manifest cannot be used'],
    ['3', 'no server reachable'],
    ['4', 'every server answered, and none has the file'],
    ['5', 'the servers disagree, or have another version than --root or --sha256'],
    ['6', 'the file is wrong'],
    ['7', 'local disk: failed'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Against the servers of servers.txt:',
      command: '<%= config.bin %> <%= command.id %> x.zip',
    },
    {
      description: 'Against one server, where it is called otherwise:',
      command: '<%= config.bin %> <%= command.id %> a.bin --server 192.0.2.7:9000 --name models/a.bin',
    },
    {
      description: "Without any server, by what 'fdl root --save' has saved, or by what was published:",
      command: '<%= config.bin %> <%= command.id %> x.zip --manifest x.zip.manifest.json',
    },
    '<%= config.bin %> <%= command.id %> x.zip --sha256-file SHA256SUMS',
  ];

  static override args = {
    path: stringArg({description: 'the file', required: true}),
  };

  static override flags = {
    servers: file({
      char: 's',
      env: 'FDL_SERVERS',
      helpValue: 'PATH',
      summary: `list of servers, host:port a line; ${SERVERS_DEFAULT} where nothing else is given to compare with`,
    }),
    server: serverFlags.server,
    name: string({
      char: 'n',
      env: 'FDL_NAME',
      helpValue: 'NAME',
      summary: 'name of the file on the servers; else that of the file here',
    }),
    manifest: file({
      char: 'm',
      env: 'FDL_MANIFEST',
      helpValue: 'PATH',
      summary: "saved manifest, or a server's index.json; then no server is asked",
    }),
    root: digestFlag({env: 'FDL_ROOT', summary: 'the version that it must be, by its root'}),
    sha256: digestFlag({env: 'FDL_SHA256', summary: 'the SHA-256 that it must have'}),
    'sha256-file': file({
      env: 'FDL_SHA256_FILE',
      helpValue: 'PATH',
      exclusive: ['sha256'],
      summary: 'the SHA-256 that it must have, by its line in a list like SHA256SUMS',
    }),
  };

  async run(): Promise<VerifyResult> {
    const {args, flags} = await this.parse(Verify);
    const {name, manifest, root} = flags;
    const sums = flags['sha256-file'];
    const sha256 =
      sums === undefined ? flags.sha256 : (await readSums(sums)).pinFor(name ?? basename(args.path));
    const isNamed = flags.server !== undefined || flags.servers !== undefined;
    const isPinned = root !== undefined || sha256 !== undefined;
    const servers =
      manifest === undefined && (isNamed || !isPinned)
        ? await readServers(flags.server ?? [], flags.servers ?? SERVERS_DEFAULT).catch((error: unknown) => {
            throw isNamed ? error : nothingToCompareWith(error);
          })
        : undefined;
    const wanted: VerifyOptions = {
      path: args.path,
      ...(servers !== undefined && {servers}),
      ...(name !== undefined && {name}),
      ...(manifest !== undefined && {manifest}),
      ...(root !== undefined && {root}),
      ...(sha256 !== undefined && {sha256}),
    };
    const {verify} = await import('../verify.js');
    const result = await this.work('hashing', flags.quiet, (options) =>
      verify({...wanted, ...options}),
    ).catch(async (error: unknown) => {
      throw servers === undefined ? error : await withSimilar(error, name ?? basename(args.path), servers);
    });
    if (!result.right) process.exitCode = EXIT_WRONG;
    // The verdict is an error to whoever hears nothing but errors; that all is right is none.
    if (!flags.quiet || !result.right) for (const line of verifyLines(result, this.color)) this.say(line);
    return result;
  }
}

/** Without servers.txt there are other ways than to write one. */
function nothingToCompareWith(error: unknown): unknown {
  if (!(error instanceof FdlError) || error.code !== 'servers-file-missing') return error;
  return new FdlError(error.code, `nothing to compare with: ${error.message}`, {
    hint: 'Give --server HOST:PORT, --manifest PATH, --root HEX, --sha256 HEX or --sha256-file PATH.',
    cause: error,
  });
}
