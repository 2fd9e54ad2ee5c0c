/** What a download of several files is told. */

import type {HexDigest} from '../../../model.js';
import type {FilesProgress} from '../../../report.js';
import type {DownloadOptions} from '../coordinator.js';
import type {FilesWish} from './set-files.js';

/** What to download, from where, to where. */
export interface FilesOptions
  extends FilesWish,
    Omit<DownloadOptions, 'file' | 'root' | 'sha256' | 'output' | 'onProgress'> {
  /**
   * Names, patterns (`*` and `?` within a folder, `**` over folders) and folders (`models/`), as the servers list
   * them. Files keep their path below `output`.
   */
  readonly files: readonly string[];
  /** Everything that the servers offer. */
  readonly all?: boolean;
  /** Folder that takes the files, made if it is missing; the current one unless given. */
  readonly output?: string;
  /** The SHA-256 that a file must have; undefined: any. What it throws becomes the error of that file. */
  readonly sha256Of?: (file: string) => HexDigest | undefined;
  /** At most ten times a second. */
  readonly onProgress?: (progress: FilesProgress) => void;
}
