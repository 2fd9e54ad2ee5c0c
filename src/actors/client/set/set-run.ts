/**
 * The composition root of a download of several files: asks what there is, chooses, and has small files fetched in
 * bundles and large ones one by one, beside each other, over one pool of workers and one memory.
 */

import {asFdlError, type FdlError} from '../../../errors.js';
import {CONNECTIONS_DEFAULT, GIVE_UP_AFTER_MS, REDRAW_MS, SLABS} from '../../../limits.js';
import {BundleBoard} from '../../../machines/set/bundle-board.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import {FileRows} from '../../../machines/set/file-rows.js';
import {ServerBoard} from '../../../machines/set/server-board.js';
import {resultOf} from '../../../machines/set/set-result.js';
import type {HexDigest} from '../../../model.js';
import {isOpenWord} from '../../../protocol/selection.js';
import {formatAddress} from '../../../protocol/servers-file.js';
import type {FilesProgress, FilesResult, Notice} from '../../../report.js';
import {Slabs} from '../../slabs.js';
import type {SetTrace} from '../../trace/set-trace.js';
import type {DownloadPorts, SharedPorts} from '../coordinator.js';
import {LinkPool} from '../link-pool.js';
import {readLimits} from '../read-limits.js';
import {LargeFiles} from './large-files.js';
import {removeLeftovers} from './leftovers.js';
import {askForOffers, type Offers, offerNotices} from './offers.js';
import {downloadOne, serversFor} from './one-file.js';
import {OutputTree} from './places.js';
import {checkSetRoom} from './room.js';
import {abortErrorOf, isHopeless, nobodyLeft, noRoomLeft, withNearNames} from './set-errors.js';
import {asBundled, checkPlaces, checkWish, chooseFiles, learnPins, type SetFile} from './set-files.js';
import {ledgerFor} from './set-ledger.js';
import type {FilesOptions} from './set-options.js';
import {SetPace} from './set-pace.js';
import {setTraceFor, traced} from './set-tracing.js';
import {SmallFiles} from './small-files.js';

/**
 * Downloads files. Resolves when each of them is there or has failed, which its row tells. Throws FdlError when there is
 * nothing to download, no server, no place, or when it was stopped; the same call goes on from there.
 */
export async function runFiles(options: FilesOptions, ports: DownloadPorts): Promise<FilesResult> {
  checkWish(options);
  return new SetRun(options, ports).run();
}

class SetRun {
  readonly #options: FilesOptions;
  readonly #ports: DownloadPorts;
  readonly #addresses: readonly string[];
  readonly #rows = new FileRows();
  readonly #board: ServerBoard;
  readonly #bundles: BundleBoard;
  readonly #pace: SetPace;
  readonly #pins = new Map<string, HexDigest>();
  readonly #shared: SharedPorts;
  readonly #large: LargeFiles<SetFile>;
  readonly #startedAtMs: number;
  /** Ends the downloads that are under way. */
  readonly #abort = new AbortController();
  /** Files that are being fetched in bundles, by number. */
  readonly #bySmall = new Map<number, SetFile>();
  #small: SmallFiles | null = null;
  #tree: OutputTree | null = null;
  /** Names on offer. */
  #offered: readonly string[] = [];
  #trace: SetTrace | null = null;
  #timer: unknown = null;

  constructor(options: FilesOptions, ports: DownloadPorts) {
    const {clock, geometry} = ports;
    this.#options = options;
    this.#ports = ports;
    this.#startedAtMs = clock.now();
    this.#addresses = options.servers.map(formatAddress);
    this.#board = new ServerBoard(this.#addresses);
    this.#bundles = new BundleBoard(this.#addresses, this.#startedAtMs);
    this.#pace = new SetPace(this.#startedAtMs);
    const limitFor = readLimits(options.servers, options.limitBytesPerSecond, clock);
    this.#shared = {
      slabs: new Slabs(SLABS, geometry.blockBytes),
      limitFor: (address) => limitFor(this.#addresses.indexOf(address)),
      pool: new LinkPool(ports.dial, clock),
    };
    this.#large = new LargeFiles((file) => this.#download(file));
  }

  async run(): Promise<FilesResult> {
    const trace = await setTraceFor(this.#options, this.#ports, this.#addresses, this.#shared.slabs);
    if (trace === null) return this.#run();
    this.#trace = trace;
    this.#rows.watch = trace;
    return traced(trace, this.#rows, this.#board, () => this.#run());
  }

  async #run(): Promise<FilesResult> {
    const {signal} = this.#options;
    const onAbort = (): void => this.#stop(abortErrorOf(signal));
    signal?.addEventListener('abort', onAbort, {once: true});
    if (signal?.aborted) onAbort();
    this.#tell();
    try {
      const tree = await this.#fetchAll();
      if (signal?.aborted) throw abortErrorOf(signal);
      if (this.#abort.signal.aborted) this.#rows.failRest(asFdlError(this.#abort.signal.reason));
      await tree.sync().catch((error: unknown) => {
        // What has stopped it is told already, and is worse.
        if (!this.#abort.signal.aborted) throw error;
      });
      this.#options.onProgress?.(this.#progress('finishing'));
      const elapsedMs = this.#ports.clock.now() - this.#startedAtMs;
      return resultOf({output: tree.root, rows: this.#rows, servers: this.#board.reports(), elapsedMs});
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#ports.clock.clearTimeout(this.#timer);
      this.#shared.pool.close();
    }
  }

  async #fetchAll(): Promise<OutputTree> {
    const {options, ports} = {options: this.#options, ports: this.#ports};
    const offers = await askForOffers(options.servers, ports, this.#abort.signal, (server, outcome) =>
      this.#trace?.offered(server, outcome),
    );
    for (const [server, detail] of offers.violations) this.#ban(server, detail);
    this.#offered = [...offers.files.keys()];
    const isOpen = options.all === true || options.files.some(isOpenWord);
    for (const notice of offerNotices(offers, this.#addresses, isOpen)) this.#notice(notice);
    this.#board.asked();
    const tree = await OutputTree.open(options.output ?? '.');
    this.#tree = tree;
    const found = await chooseFiles(options, offers, tree, this.#rows);
    const chosen = learnPins(found, options.sha256Of, this.#pins, this.#rows);
    await removeLeftovers(chosen, ports.geometry);
    const files = await checkPlaces(chosen, {
      ...ports,
      rows: this.#rows,
      force: options.force ?? false,
      pins: this.#pins,
      isStopped: () => this.#abort.signal.aborted,
    });
    if (options.force !== true) await checkSetRoom(tree.root, files);
    const small = this.#sort(files, offers);
    this.#trace?.chosen(this.#rows.tally(), small.length, files.length - small.length);
    const running = this.#large.run();
    if (small.length > 0 && !this.#abort.signal.aborted) await this.#fetchSmall(small);
    this.#large.close();
    await running;
    return tree;
  }

  /** Small files are returned, the others wait for their turn. */
  #sort(files: readonly SetFile[], {hasBundles}: Offers): SmallFile[] {
    const {servers} = this.#options;
    const small: SmallFile[] = [];
    for (const file of files) {
      const fit = asBundled(file, {servers, hasBundles, geometry: this.#ports.geometry});
      if (fit === null) this.#large.push(file);
      else {
        small.push(fit);
        this.#bySmall.set(file.index, file);
      }
    }
    return small;
  }

  async #fetchSmall(files: readonly SmallFile[]): Promise<void> {
    const {servers, connections, force, diskWaitMs, giveUpAfterMs} = this.#options;
    const traced = this.#trace?.bundles(() => this.#small?.storing ?? 0);
    this.#small = new SmallFiles(
      {
        files,
        servers,
        pathOf: (index) => this.#bySmall.get(index)?.path ?? '',
        connectionsMax: connections ?? CONNECTIONS_DEFAULT,
        force: force ?? false,
        diskWaitMs: diskWaitMs ?? 0,
        giveUpAfterMs: giveUpAfterMs ?? GIVE_UP_AFTER_MS,
        ledger: ledgerFor({
          rows: this.#rows,
          bundles: this.#bundles,
          pins: this.#pins,
          addresses: this.#addresses,
          place: this.#options.output ?? '.',
          diskWaitMs: this.#options.diskWaitMs ?? 0,
          failed: (index, error) => this.#failed(index, error),
          oneByOne: (index) => this.#handOver(index),
          notice: (notice) => this.#notice(notice),
          broken: (error) => this.#stop(error),
        }),
        watch: traced?.watch ?? null,
      },
      {
        ...this.#ports,
        ...this.#shared,
        workers: traced?.workers ?? this.#ports.workers,
        limitFor: (server) => this.#shared.limitFor(this.#addresses[server] ?? ''),
      },
    );
    await this.#small.run();
    traced?.watch.end();
    this.#board.shows(this.#bundles, this.#bundles.progress(this.#ports.clock.now()));
    this.#board.ends(this.#bundles, this.#bundles.reports());
    this.#small = null;
  }

  /** A small file that no server brings in a bundle waits for its turn among the large ones. */
  #handOver(index: number): void {
    const file = this.#bySmall.get(index);
    if (file !== undefined) this.#large.push(file);
  }

  /** One file in the usual way, from the servers that may still bring it. */
  async #download(file: SetFile): Promise<void> {
    const {index, name, offers} = file;
    if (this.#abort.signal.aborted) return;
    const servers = serversFor(file, this.#options.servers, this.#board, this.#ports.clock.now());
    if (servers.length === 0) return this.#rows.failed(index, nobodyLeft(name));
    const error = await downloadOne(
      file,
      {
        set: this.#options,
        servers,
        sha256: this.#pins.get(name),
        signal: this.#abort.signal,
        rows: this.#rows,
        board: this.#board,
        onNotice: (notice) => this.#notice(notice),
      },
      {
        ...this.#ports,
        shared: this.#shared,
        trace: this.#trace?.part(index, name, offers[0]?.size ?? null) ?? null,
      },
    );
    if (error !== null) this.#failed(index, withNearNames(error, name, this.#offered));
  }

  /** An error of one file leaves the others alone, unless they cannot fare better. */
  #failed(index: number, error: FdlError): void {
    this.#rows.failed(index, error);
    const hasServers = !this.#board.isDeserted(this.#ports.clock.now());
    if (isHopeless(error, {hasServers, hasPlace: this.#tree?.isUsable() ?? true})) this.#stop(error);
  }

  #notice(notice: Notice): void {
    if (!this.#board.isNews(notice)) return;
    this.#board.notice(notice, this.#ports.clock.now());
    this.#trace?.noticed(notice);
    this.#options.onNotice?.(notice);
  }

  #ban(server: number, detail: string): void {
    const evidence = {kind: 'protocol', detail} as const;
    this.#bundles.banned(server, evidence);
    this.#notice({kind: 'server-banned', address: this.#addresses[server] ?? '', evidence});
  }

  /** Nothing more is begun; what is under way ends with this, and in the end every file that has not. */
  #stop(error: FdlError): void {
    if (this.#abort.signal.aborted) return;
    const {root = ''} = this.#tree ?? {};
    this.#abort.abort(error.code === 'disk-full' ? noRoomLeft(root, this.#rows.leftBytes, error) : error);
    this.#small?.stop();
  }

  #tell(): void {
    const {onProgress} = this.#options;
    if (onProgress === undefined) return;
    this.#timer = this.#ports.clock.setTimeout(() => {
      this.#tell();
      onProgress(this.#progress('downloading'));
    }, REDRAW_MS);
  }

  #progress(phase: 'downloading' | 'finishing'): FilesProgress {
    const now = this.#ports.clock.now();
    if (this.#small !== null) this.#board.shows(this.#bundles, this.#bundles.progress(now));
    return this.#pace.picture({phase, rows: this.#rows, servers: this.#board.progress(), nowMs: now});
  }
}
