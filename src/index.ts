/** The public API of fdl: what a program that downloads or serves imports. Prints nothing, installs no handler. */

export type {DownloadOptions} from './actors/client/coordinator.js';
export type {FilesOptions} from './actors/client/set/set-options.js';
export type {CheckOptions} from './actors/fleet/check-fleet.js';
export type {ListOptions} from './actors/fleet/list-fleet.js';
export type {WrongRun} from './actors/local/compare.js';
export type {JoinOptions, JoinResult} from './actors/local/join-fragments.js';
export type {LocalOptions, LocalProgress} from './actors/local/local-work.js';
export type {FileRoot, RootOptions} from './actors/local/root-of-file.js';
export type {AskedServer} from './actors/local/server-reference.js';
export type {SplitOptions, SplitResult} from './actors/local/split-file.js';
export type {VerifyOptions, VerifyResult} from './actors/local/verify-file.js';
export type {RunningServer, ServeNotice, ServeOptions} from './actors/server/serving.js';
export {download} from './download.js';
export {downloadFiles} from './download-files.js';
export {FdlError, type FdlErrorCode} from './errors.js';
export {check, list} from './fleet.js';
export type {FleetCheck, FleetListing, OfferedFile, ServerCheck} from './fleet-report.js';
export {join, split} from './fragments.js';
export type {Address, Evidence, Geometry, HexDigest, ServerEntry, ServerRole} from './model.js';
export type {
  DownloadResult,
  FileError,
  FileReport,
  FilesProgress,
  FilesResult,
  Notice,
  Progress,
  ServerActivity,
  ServerProgress,
  ServerReport,
} from './report.js';
export {fileRoot} from './root.js';
export {serve} from './serve.js';
export type {TraceRow} from './trace/rows.js';
export {verify} from './verify.js';
