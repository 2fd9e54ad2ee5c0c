/** What the fetching of small files tells while it goes on: about files, and about servers by their number. */

import type {FdlError} from '../../../errors.js';
import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {Evidence, HexDigest} from '../../../model.js';

export interface SmallFilesLedger {
  /** SHA-256 that a file must have; null: any. */
  pinOf(file: SmallFile): HexDigest | null;
  asked(files: readonly SmallFile[]): void;
  /** `isNew`: it was not there yet. */
  stored(server: number, file: SmallFile, bytes: number, sha256: HexDigest, isNew: boolean): void;
  /** Another file has its name. */
  exists(file: SmallFile, path: string): void;
  /** All servers have another version than the one of the pin. */
  unwanted(file: SmallFile): void;
  failed(file: SmallFile, error: FdlError): void;
  /** They are to be fetched one by one: no server brings them in a bundle. */
  handedOver(files: readonly SmallFile[]): void;
  /** Payload came. */
  received(server: number, bytes: number): void;
  /** So many connections are open to it. */
  connections(server: number, count: number): void;
  busy(server: number, untilMs: number): void;
  lost(server: number, reason: string): void;
  banned(server: number, evidence: Evidence): void;
  /** The disk is full, and waited for. */
  diskFull(): void;
  /** Nothing can go on: the disk, or a bug. */
  broken(error: FdlError): void;
}
