/** What each message holds on the wire: its fields in order, each with its limits (docs/protocol.md, "Messages"). */

import {fragmentCount} from '../geometry.js';
import {
  BLOCK_BYTES,
  BUNDLE_FILES_MAX,
  CREDENTIALS_BYTES_MAX,
  FEATURE_BYTES_MAX,
  FEATURES_MAX,
  FETCH_BLOCKS_MAX,
  FRAGMENT_BLOCKS_MAX,
  FRAGMENTS_MAX,
  NAME_WIRE_BYTES_MAX,
  PAGE_ITEMS_MAX,
  TEXT_BYTES_MAX,
} from '../limits.js';
import {REFUSAL_CODES, type Refusal} from '../model.js';
import {DIGEST_BYTES} from './digests.js';
import {
  boolean,
  bytes,
  digest,
  type Field,
  hex,
  inlined,
  integer,
  type Layout,
  layout,
  listOf,
  nullable,
  oneOf,
  prose,
  text,
  tuple,
  uint32,
  variants,
} from './fields.js';
import type {
  BundleFile,
  BundleOutcome,
  ClientMessage,
  EndStatus,
  ListingEntry,
  ServerMessage,
} from './messages.js';

type Body<M, T> = Omit<Extract<M, {readonly type: T}>, 'type' | 'id'>;
/** A layout for every message of one side; a message without one does not compile. */
type Layouts<M extends {readonly type: string}> = {readonly [T in M['type']]: Layout<Body<M, T>>};

const VERSION_MAX = 0xffff;
const INSTANCE_ID_BYTES = 16;
const PERMILLE = 1_000;
/** The most milliseconds a Date can be away from 1970. */
const DATE_MS_MAX = 8_640_000_000_000_000;

const version = integer(1, VERSION_MAX);
const features = listOf(text(1, FEATURE_BYTES_MAX), FEATURES_MAX);
const size = integer(0, Number.MAX_SAFE_INTEGER);
/** Only the length is bounded here: what a bad name deserves is an answer, which the receiver gives. */
const name = text(0, NAME_WIRE_BYTES_MAX);
const fragment = integer(1, FRAGMENTS_MAX);
const pageCount = integer(1, PAGE_ITEMS_MAX);
const page = {root: digest, first: fragment, count: pageCount};
const block = integer(0, FRAGMENT_BLOCKS_MAX - 1);
const modified = integer(-DATE_MS_MAX, DATE_MS_MAX);
const refusalCode = oneOf(REFUSAL_CODES);

const nothing = layout<object>({});

const refusal = layout<Refusal>(
  {
    code: refusalCode,
    message: prose(TEXT_BYTES_MAX),
    progressPermille: nullable(integer(0, PERMILLE)),
  },
  ({code, progressPermille}) =>
    progressPermille === null || code === 'indexing' ? null : 'progress without indexing',
);

const listingEntry = layout<ListingEntry>({name, size, root: digest, whole: boolean});

const bundleFile = layout<BundleFile>({name, root: digest});

/** One for each file, so that it is short: the time of one that was sent, the code of one that was not. */
const bundleOutcome: Field<BundleOutcome> = {
  decode: (wire) =>
    typeof wire === 'number'
      ? {kind: 'sent', modifiedMs: modified.decode(wire)}
      : {kind: 'refused', code: refusalCode.decode(wire)},
  encode: (outcome) =>
    outcome.kind === 'sent' ? modified.encode(outcome.modifiedMs) : refusalCode.encode(outcome.code),
};

const endStatus = variants<EndStatus>({
  ok: nothing,
  cancelled: nothing,
  busy: layout({retryAfterMs: uint32, slots: uint32, slotsInUse: uint32}),
  complete: nothing,
  delivered: layout({outcomes: listOf(bundleOutcome, BUNDLE_FILES_MAX)}),
  error: inlined('refusal', refusal),
});

/** What clients send. */
export const CLIENT_LAYOUTS: Layouts<ClientMessage> = {
  hello: layout(
    {
      minVersion: version,
      maxVersion: version,
      features,
      credentials: nullable(bytes(0, CREDENTIALS_BYTES_MAX)),
    },
    ({minVersion, maxVersion}) => (minVersion <= maxVersion ? null : 'no version between the two named'),
  ),
  list: layout({after: name, limit: pageCount}),
  manifest: layout({name}),
  digests: layout(page),
  blockDigests: layout({root: digest, fragment}),
  have: layout(page),
  fetch: layout({
    name,
    root: digest,
    // One beyond the last may be asked for: the answer is `complete`.
    fragment: integer(1, FRAGMENTS_MAX + 1),
    firstBlock: block,
    count: integer(1, FETCH_BLOCKS_MAX),
  }),
  cancel: nothing,
  ping: nothing,
  report: layout({root: digest, fragment, block}),
  bundle: layout({files: listOf(tuple(bundleFile), BUNDLE_FILES_MAX)}, ({files}) =>
    files.length > 0 ? null : 'no files',
  ),
  pending: nothing,
};

/** What servers send, blocks apart. */
export const SERVER_LAYOUTS: Layouts<ServerMessage> = {
  welcome: layout({version, features, instanceId: hex(INSTANCE_ID_BYTES)}),
  pendingReply: layout({scanned: boolean, files: uint32}),
  listing: layout({entries: listOf(tuple(listingEntry), PAGE_ITEMS_MAX), more: boolean}),
  manifestReply: layout(
    {
      size,
      blockBytes: integer(1, BLOCK_BYTES),
      fragmentBytes: integer(1, BLOCK_BYTES * FRAGMENT_BLOCKS_MAX),
      sha256: digest,
      root: digest,
      modifiedMs: modified,
      fragmentsHere: integer(0, FRAGMENTS_MAX),
    },
    manifestProblem,
  ),
  digestsReply: layout({digests: bytes(DIGEST_BYTES, DIGEST_BYTES * PAGE_ITEMS_MAX, DIGEST_BYTES)}),
  blockDigestsReply: layout({digests: bytes(DIGEST_BYTES, DIGEST_BYTES * FRAGMENT_BLOCKS_MAX, DIGEST_BYTES)}),
  haveReply: layout({bitmap: bytes(1, PAGE_ITEMS_MAX / 8)}),
  end: layout({status: endStatus}),
  pong: nothing,
  goodbye: layout({lastId: uint32}),
  error: layout({refusal: tuple(refusal)}),
};

/** What no honest manifest says; that its geometry is the one of `fdl/1` is for the receiver to check. */
function manifestProblem(manifest: Body<ServerMessage, 'manifestReply'>): string | null {
  const {size, blockBytes, fragmentBytes, fragmentsHere} = manifest;
  if (fragmentBytes % blockBytes !== 0) return 'a fragment is no whole number of blocks';
  if (fragmentBytes / blockBytes > FRAGMENT_BLOCKS_MAX) return 'a fragment of too many blocks';
  const fragments = fragmentCount(size, {blockBytes, fragmentBytes});
  if (fragments > FRAGMENTS_MAX) return 'a file of too many fragments';
  return fragmentsHere > fragments ? 'more fragments here than there are' : null;
}
