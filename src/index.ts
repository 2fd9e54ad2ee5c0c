/** The public API of fdl: what a program that downloads or serves imports. Prints nothing, installs no handler. */

export type {DownloadOptions} from './actors/client/coordinator.js';
export type {RunningServer, ServeNotice, ServeOptions} from './actors/server/serving.js';
export {download} from './download.js';
export {FdlError, type FdlErrorCode} from './errors.js';
export type {Address, Evidence, Geometry, HexDigest} from './model.js';
export type {
  DownloadResult,
  Notice,
  Progress,
  ServerActivity,
  ServerProgress,
  ServerReport,
} from './report.js';
export {serve} from './serve.js';
export type {TraceRow} from './trace/rows.js';
