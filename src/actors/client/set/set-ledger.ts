/** Writes what becomes of small files into the rows and the board of their set. */

import {FdlError} from '../../../errors.js';
import type {BundleBoard} from '../../../machines/set/bundle-board.js';
import type {FileRows} from '../../../machines/set/file-rows.js';
import type {HexDigest} from '../../../model.js';
import type {Notice} from '../../../report.js';
import {outputExists} from '../../store/output-file.js';
import type {SmallFilesLedger} from './small-files-ledger.js';

export interface LedgerPorts {
  readonly rows: FileRows;
  readonly bundles: BundleBoard;
  /** SHA-256 that files must have, by name. */
  readonly pins: ReadonlyMap<string, HexDigest>;
  readonly addresses: readonly string[];
  /** The output folder as the user named it. */
  readonly place: string;
  readonly diskWaitMs: number;
  failed(index: number, error: FdlError): void;
  oneByOne(index: number): void;
  notice(notice: Notice): void;
  broken(error: FdlError): void;
}

export function ledgerFor(ports: LedgerPorts): SmallFilesLedger {
  const {rows, bundles, pins, addresses, place, diskWaitMs, notice, broken} = ports;
  return {
    broken,
    pinOf: ({name}) => pins.get(name) ?? null,
    asked: (files) => {
      for (const {index} of files) rows.active(index);
    },
    stored: (server, {index, root}, size, sha256, isNew) => {
      bundles.stored(server);
      const outcome = isNew ? 'stored' : 'already-complete';
      rows.done(index, {outcome, root, sha256, size, storedBytes: isNew ? size : 0, server});
    },
    exists: ({index}, path) => rows.failed(index, outputExists(path)),
    unwanted: ({index, name}) => rows.failed(index, pinMismatch(name)),
    failed: ({index}, error) => ports.failed(index, error),
    handedOver: (files) => {
      for (const {index} of files) ports.oneByOne(index);
    },
    received: (server, bytes) => bundles.received(server, bytes),
    connections: (server, count) => bundles.connections(server, count),
    busy: (server, untilMs) => bundles.busy(server, untilMs),
    lost: (server, reason) => bundles.lost(server, reason),
    banned: (server, evidence) => {
      bundles.banned(server, evidence);
      notice({kind: 'server-banned', address: addresses[server] ?? '', evidence});
    },
    diskFull: () => notice({kind: 'disk-full', path: place, needBytes: rows.leftBytes, waitMs: diskWaitMs}),
  };
}

function pinMismatch(name: string): FdlError {
  return new FdlError(
    'pin-mismatch',
    `the servers have another version of ${name} than the SHA-256 you gave`,
    {
      hint: 'Look up the right SHA-256, or ask who runs the servers.',
    },
  );
}
