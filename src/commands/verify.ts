/** `fdl verify PATH`: parses, calls, prints. */

import {string as stringArg} from '@oclif/core/args';
import {file, string} from '@oclif/core/flags';
import type {VerifyOptions, VerifyResult} from '../actors/local/verify-file.js';
import {FdlError} from '../errors.js';
import type {Address} from '../model.js';
import {verdictsLine, verifyLines} from '../terminal/local-lines.js';
import type {HelpRow} from './support/help.js';
import {digestFlag, type FailedFile, LocalCommand} from './support/local-command.js';
import {serverFlags} from './support/server-flags.js';
import {readServers} from './support/server-list.js';
import {withSimilar} from './support/similar.js';
import {readSums} from './support/sums-flag.js';

const SERVERS_DEFAULT = 'servers.txt';

/** The result of `--json`: a row for each file, in their order. */
export interface VerdictsResult {
  /** All of them are. */
  readonly right: boolean;
  readonly files: readonly (VerifyResult | FailedFile)[];
}

export default class Verify extends LocalCommand {
  static override summary = 'Check local files: are they what servers have, or what was published?';

  static override description = [
    'Compares with the servers of servers.txt, or with what is given: a saved manifest, a root, a SHA-256. Against',
    'servers and manifests every block is compared, and wrong ones are named. Nothing is changed.',
  ].join(' ');

  static override usage = '<%= command.id %> PATH... [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'all is right'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: a flag, the list of servers, the file or the manifest cannot be used'],
    ['3', 'no server reachable'],
    ['4', 'every server answered, and none has the file'],
    ['5', 'the servers disagree, or have another version than --root or --sha256'],
    ['6', 'a file is wrong'],
    ['7', 'local disk: failed'],
    ['130, 143, 129', 'stopped by SIGINT, SIGTERM, SIGHUP'],
  ];

  static override examples = [
    {
      description: 'Against the servers of servers.txt:',
      command: '<%= config.bin %> <%= command.id %> x.zip',
    },
    {
      description: 'A folder that was downloaded:',
      command: '<%= config.bin %> <%= command.id %> models/',
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
    path: stringArg({
      description: 'file, or folder for all files below it; several may be given',
      required: true,
      multiple: true,
    }),
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
      summary: "saved manifest, folder of them, or a server's index.json; then no server is asked",
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

  async run(): Promise<VerdictsResult> {
    const {args, flags} = await this.parse(Verify);
    const {name, manifest, root} = flags;
    const {filesAt, likelyNames} = await import('../actors/local/local-paths.js');
    const files = await filesAt(args.path);
    this.#checkOne(files.length, {name, root, sha256: flags.sha256});
    const sums = flags['sha256-file'] === undefined ? null : await readSums(flags['sha256-file']);
    const isPinned = root !== undefined || flags.sha256 !== undefined || sums !== null;
    const servers =
      manifest === undefined ? await this.#servers(flags.server, flags.servers, isPinned) : undefined;
    const wanted = files.map((file): VerifyOptions => {
      const names = name === undefined ? likelyNames(file) : [name];
      const sha256 = flags.sha256 ?? sums?.pinFor(names[0] ?? file.path);
      return {
        path: file.path,
        name: names,
        ...(servers !== undefined && {servers}),
        ...(manifest !== undefined && {manifest}),
        ...(root !== undefined && {root}),
        ...(sha256 !== undefined && {sha256}),
      };
    });
    const verdicts = await this.#verdicts(wanted, flags.quiet).catch(async (error: unknown) => {
      throw servers === undefined ? error : await withSimilar(error, wanted[0]?.name?.[0] ?? '', servers);
    });
    if (!flags.quiet && files.length > 1) this.say(verdictsLine(verdicts));
    return {right: verdicts.every((row) => 'right' in row && row.right), files: verdicts};
  }

  async #verdicts(wanted: readonly VerifyOptions[], isQuiet: boolean): Promise<VerdictsResult['files']> {
    const {verifyFiles} = await import('../verify.js');
    const paths = wanted.map(({path}) => path);
    return this.work('hashing', isQuiet, (options) =>
      this.rows(paths, verifyFiles(wanted.map((one) => ({...one, ...options}))), (result) => {
        // The verdict is an error to whoever hears nothing but errors; that all is right is none.
        if (!isQuiet || !result.right) for (const line of verifyLines(result, this.color)) this.say(line);
        return result.right ? null : new FdlError('content-differs', `${result.path} is wrong`);
      }),
    );
  }

  /** Those that are named; without any, and without another thing to compare with, those of servers.txt. */
  async #servers(
    given: readonly string[] | undefined,
    list: string | undefined,
    isPinned: boolean,
  ): Promise<readonly Address[] | undefined> {
    if (given !== undefined || list !== undefined) return readServers(given ?? [], list ?? SERVERS_DEFAULT);
    if (isPinned) return undefined;
    return readServers([], SERVERS_DEFAULT).catch((error: unknown) => {
      throw nothingToCompareWith(error);
    });
  }

  #checkOne(files: number, flags: Readonly<Record<string, string | undefined>>): void {
    const [flag] = Object.keys(flags).filter((one) => flags[one] !== undefined);
    if (files === 1 || flag === undefined) return;
    throw new FdlError('usage', `--${flag} is about one file, not ${files}`, {
      hint: 'Verify one after the other.',
    });
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
