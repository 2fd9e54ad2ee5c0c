/** The library of a server: scans its folder, has files indexed, holds the catalogue. States: machines/library.ts. */

import {realpath, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {type ActorRefFrom, createActor, type InspectionEvent} from 'xstate';
import {FdlError} from '../../errors.js';
import {CLAIM_RETRY_MS, FILES_MAX, INDEX_RETRY_MS, INDEXING_AT_ONCE, TICK_MS} from '../../limits.js';
import {Catalogue, type IndexingOutcome, type Sighting} from '../../machines/catalogue.js';
import {type Census, censusOf} from '../../machines/census.js';
import {libraryMachine} from '../../machines/library.js';
import {fragmentsHere, fragmentsOf, type Version} from '../../machines/version.js';
import type {Geometry} from '../../model.js';
import type {Workers} from '../../workers/pool.js';
import type {Clock} from '../clock.js';
import {FRAGMENTS_FOLDER} from '../fragments/fragment-names.js';
import {makeTemporaryFolder, removeStaleFolders} from '../fragments/temporary-folders.js';
import type {FragmentStore} from './fragment-store.js';
import {Claims} from './library/claims.js';
import {FolderStore} from './library/folder-store.js';
import {FragmentDoctor} from './library/fragment-care.js';
import {prepareCopy} from './library/index-copy.js';
import {type LibraryContext, type Prepared, prepareOriginal, reasonOf} from './library/index-original.js';
import {RunningFiles} from './library/running-files.js';
import {type FolderScan, scanFolder} from './library/scan-folder.js';
import type {LibraryNotice} from './library-events.js';

export interface LibraryOptions {
  /** Folder whose files are offered. */
  readonly folder: string;
  readonly inPlace: boolean;
  readonly geometry: Geometry;
  readonly scanIntervalMs: number;
  readonly settleMs: number;
  readonly workers: Workers;
  readonly clock: Clock;
  readonly notify: (notice: LibraryNotice) => void;
  /** For whoever looks at machines. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** What the last look at the folder gave; `starting` before the first. */
export type LibraryStanding = 'starting' | 'open' | 'unreadable';

export interface Library {
  readonly store: FragmentStore;
  readonly standing: LibraryStanding;
  census(): Census;
  /** Stops scanning and indexing; resolves when no file is open for it any more. */
  close(): Promise<void>;
}

/** Opens a library. Resolves at once, before anything was scanned; FdlError `folder-missing` when there is no folder. */
export async function openLibrary(options: LibraryOptions): Promise<Library> {
  const root = await folderAt(options.folder);
  return new FolderLibrary(root, options);
}

async function folderAt(folder: string): Promise<string> {
  const problem = (cause: unknown) =>
    new FdlError('folder-missing', `there is no folder ${folder}`, {
      hint: 'Make it and put the files to be offered into it, or name another one with --dir.',
      cause,
    });
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    throw problem(error);
  }
  throw problem(undefined);
}

class FolderLibrary implements Library {
  readonly store: FragmentStore;
  readonly #options: LibraryOptions;
  readonly #context: LibraryContext;
  readonly #catalogue: Catalogue;
  readonly #doctor: FragmentDoctor;
  readonly #machine: ActorRefFrom<typeof libraryMachine>;
  readonly #running = new RunningFiles();
  /** What was said once and need not be said at every scan. */
  readonly #said = new Set<string>();
  readonly #work = new Set<Promise<void>>();
  #standing: LibraryStanding = 'starting';
  #closing = false;
  #ticker: unknown = null;

  constructor(root: string, options: LibraryOptions) {
    const {geometry, inPlace, workers, clock} = options;
    this.#options = options;
    this.#context = {root, geometry, inPlace, workers, clock, claims: new Claims(root, clock)};
    this.#catalogue = new Catalogue(options.settleMs);
    this.#doctor = new FragmentDoctor(this.#context, this.#catalogue, options.notify, (name) => {
      this.#catalogue.indexAgain(name, clock.now());
      this.#machine.send({type: 'files.queued'});
    });
    this.store = new FolderStore(root, this.#catalogue, {
      isScanned: () => this.#standing !== 'starting',
      progressOf: (name) => this.#running.permilleOf(name),
      adopt: (version, fragment) => this.#doctor.adopt(version, fragment),
      examine: (version, fragment) => this.#doctor.examine(version, fragment),
      failed: ({name}, fragment, cause) =>
        options.notify({kind: 'fragment-unreadable', name, fragment, reason: String(cause)}),
    });
    const machine = libraryMachine.provide({
      actions: {
        scanFolder: () => this.#track(this.#scan()),
        indexFiles: () => this.#indexFiles(),
        stopWork: () => this.#stopWork(),
      },
    });
    const {inspect, scanIntervalMs} = options;
    this.#machine = createActor(machine, {clock, input: {scanIntervalMs}, ...(inspect && {inspect})});
    this.#machine.subscribe({error: (error) => options.notify({kind: 'scan-failed', reason: String(error)})});
    this.#track(this.#clean());
    this.#machine.start();
  }

  get standing(): LibraryStanding {
    return this.#standing;
  }

  census(): Census {
    return censusOf(this.#catalogue.rows);
  }

  async close(): Promise<void> {
    this.#machine.send({type: 'library.closed'});
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#doctor.close();
  }

  /** Remembers work, which reports its own errors, so that `close` can wait for it. */
  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async #clean(): Promise<void> {
    const {root} = this.#context;
    try {
      const reference = await makeTemporaryFolder(join(root, FRAGMENTS_FOLDER));
      await removeStaleFolders(join(root, FRAGMENTS_FOLDER), reference);
      await rm(reference, {recursive: true, force: true});
    } catch {
      // A folder that cannot be written to can still be served as far as it is indexed; indexing says what is wrong.
    }
  }

  async #scan(): Promise<void> {
    const {clock} = this.#context;
    const startedMs = clock.now();
    let scan: FolderScan;
    try {
      scan = await scanFolder(this.#context.root);
    } catch (error) {
      if (this.#closing) return;
      this.#standing = 'unreadable';
      this.#sayOnce({kind: 'scan-failed', reason: String(error)});
      this.#machine.send({type: 'scan.failed', tookMs: clock.now() - startedMs});
      return;
    }
    if (this.#closing) return;
    for (const {name, reason} of scan.skipped) this.#sayOnce({kind: 'file-skipped', name, reason});
    const {withdrawn, outdated} = this.#catalogue.scanned(scan.sightings, clock.now(), Date.now());
    for (const {version, reason} of withdrawn) {
      this.#options.notify({kind: 'file-withdrawn', name: version.name, reason});
    }
    for (const name of outdated) this.#running.cancel(name);
    this.#standing = 'open';
    this.#sayOnce({kind: 'scan-finished', files: scan.sightings.length});
    const {waitingCount: waiting} = this.#catalogue;
    this.#machine.send({type: 'scan.finished', waiting, tookMs: clock.now() - startedMs});
  }

  #indexFiles(): void {
    while (this.#running.count < INDEXING_AT_ONCE) {
      const sighting = this.#catalogue.takeNext(this.#context.clock.now());
      if (sighting === null) break;
      this.#track(this.#index(sighting));
    }
    if (this.#ticker === null) this.#tick();
  }

  async #index(sighting: Sighting): Promise<void> {
    const {name, kind, stamp} = sighting;
    const startedMs = this.#context.clock.now();
    const running = this.#running.start(sighting);
    let prepared: Prepared;
    try {
      prepared =
        kind === 'original'
          ? await prepareOriginal(this.#context, name, stamp, running.hashing)
          : await prepareCopy(this.#context, name, running.hashing);
    } catch (error) {
      prepared = {kind: 'failed', reason: reasonOf(error)};
    }
    running.end();
    if (this.#closing) return;
    this.#prepared(sighting, prepared, startedMs);
    this.#machine.send({
      type: 'file.finished',
      waiting: this.#catalogue.waitingCount,
      running: this.#running.count,
    });
  }

  #prepared(sighting: Sighting, prepared: Prepared, startedMs: number): void {
    const now = this.#context.clock.now();
    const before = this.#catalogue.version(sighting.name);
    if (!this.#catalogue.indexed(sighting, outcomeOf(prepared, now), now)) return;
    const {name} = sighting;
    if (prepared.kind === 'ready') {
      const {version, hashed, bad} = prepared;
      if (hashed || !isSameOffer(before, version)) {
        this.#options.notify(readyNotice(version, hashed, now - startedMs));
      }
      for (const fragment of bad) this.#doctor.examine(version, fragment);
    } else if (prepared.kind === 'failed') {
      this.#sayOnce({kind: 'file-failed', name, reason: prepared.reason});
    } else if (prepared.kind === 'elsewhere') {
      this.#sayOnce({kind: 'file-indexed-elsewhere', name});
    }
  }

  #stopWork(): void {
    this.#closing = true;
    this.#context.clock.clearTimeout(this.#ticker);
    this.#running.cancelAll();
  }

  /** Tells how far the indexing is, four times a second while there is something to tell. */
  #tick(): void {
    this.#ticker = null;
    if (this.#closing) return;
    const files = this.#running.count + this.#catalogue.waitingCount;
    if (files === 0) this.#running.forgetFinished();
    const progress = this.#running.progress();
    // Each byte of those that wait will be gone through twice.
    const totalBytes = progress.totalBytes + 2 * this.#catalogue.waitingBytes;
    this.#options.notify({kind: 'indexing', files, ...progress, totalBytes});
    if (files > 0) this.#ticker = this.#context.clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  #sayOnce(notice: LibraryNotice): void {
    const text = JSON.stringify(notice);
    if (this.#said.has(text)) return;
    if (this.#said.size >= FILES_MAX) this.#said.clear();
    this.#said.add(text);
    this.#options.notify(notice);
  }
}

function outcomeOf(prepared: Prepared, now: number): IndexingOutcome {
  switch (prepared.kind) {
    case 'ready':
    case 'nothing':
    case 'changed':
      return prepared;
    case 'elsewhere':
      // Half the time until the machine looks again, so that its timer never comes too early.
      return {
        kind: 'postponed',
        progressPermille: prepared.progressPermille,
        retryAtMs: now + CLAIM_RETRY_MS / 2,
      };
    case 'failed':
      return {kind: 'failed', reason: prepared.reason, retryAtMs: now + INDEX_RETRY_MS};
    case 'cancelled':
      return {kind: 'changed'};
  }
}

/** A copy whose index we wrote ourselves looks changed to the next scan, and is not. */
function isSameOffer(before: Version | null, after: Version): boolean {
  if (before?.manifest.root !== after.manifest.root) return false;
  return fragmentsHere(before) === fragmentsHere(after);
}

function readyNotice(version: Version, hashed: boolean, elapsedMs: number): LibraryNotice {
  const {name, manifest} = version;
  const {size, root} = manifest;
  const fragments = fragmentsOf(version);
  return {kind: 'file-ready', name, size, root, fragments, here: fragmentsHere(version), hashed, elapsedMs};
}
