/** Who looks on while bundles are fetched: it learns what no ledger needs, and changes nothing. */

import type {SmallFile} from '../../../machines/set/file-queue.js';
import type {ArrivedFile, BundleEnd} from './bundle-conversation.js';

/** Connections and tickets by the numbers of their plan. */
export interface BundleWatch {
  dialled(connection: number, server: number): void;
  opened(connection: number): void;
  /** `isSecond`: another server was asked for them too. */
  asked(connection: number, ticket: number, files: readonly SmallFile[], isSecond: boolean): void;
  /** Payload came. */
  received(connection: number, bytes: number): void;
  /** `wanted`: those files of it that no other bundle had brought. */
  ended(connection: number, ticket: number, end: BundleEnd, wanted: readonly ArrivedFile[]): void;
  /** It is of no use, or not needed any more. */
  left(connection: number): void;
  /** `retryAtMs`: when its server is dialled again; null: it is not. */
  lost(connection: number, reason: string, retryAtMs: number | null): void;
  disk(is: 'full' | 'room'): void;
}
