/** Digests of a server that are proved before they are believed: fragments' up to the root, blocks' up to theirs. */

import {FdlError} from '../../errors.js';
import {blockCount, fragmentCount} from '../../geometry.js';
import {PAGE_ITEMS_MAX} from '../../limits.js';
import type {Manifest} from '../../model.js';
import {DIGEST_BYTES, fragmentDigest, rootOf} from '../../protocol/digests.js';

import type {Inquiry, ServedManifest} from './inquiry.js';
import type {Answered} from './open-requests.js';

/**
 * The digests of all fragments, 32 bytes each in order, which make up the root of the manifest. Rejects with FdlError
 * `content-unverifiable` when they do not: proof against the server.
 */
export async function provedFragmentDigests(
  inquiry: Inquiry,
  manifest: Manifest,
): Promise<Answered<Uint8Array>> {
  const {root, size, sha256, geometry} = manifest;
  const fragments = fragmentCount(size, geometry);
  const fragmentDigests = new Uint8Array(fragments * DIGEST_BYTES);
  for (const {first, count} of pagesOf(fragments)) {
    const page = await inquiry.fragmentDigests(root, first, count);
    if (page.kind === 'refused') return page;
    fragmentDigests.set(page.value, (first - 1) * DIGEST_BYTES);
  }
  if (rootOf({size, geometry, sha256, fragmentDigests}) !== root)
    throw new FdlError('content-unverifiable', 'its fragment digests do not make up the root');
  return {kind: 'answered', value: fragmentDigests};
}

/**
 * The digests of all blocks of a fragment, 32 bytes each in order, which make up the fragment's digest. Rejects with
 * FdlError `content-unverifiable` when they do not: proof against the server.
 */
export async function provedBlockDigests(
  inquiry: Inquiry,
  manifest: Manifest,
  fragmentDigests: Uint8Array,
  fragment: number,
): Promise<Answered<Uint8Array>> {
  const blocks = blockCount(manifest.size, manifest.geometry, fragment);
  const answer = await inquiry.blockDigests(manifest.root, fragment, blocks);
  if (answer.kind === 'refused') return answer;
  const at = (fragment - 1) * DIGEST_BYTES;
  if (fragmentDigest(answer.value).equals(fragmentDigests.subarray(at, at + DIGEST_BYTES))) return answer;
  throw new FdlError('content-unverifiable', `its block digests do not make up fragment ${fragment}`);
}

/** Which fragments the server holds: bit i, least significant first, is fragment `i + 1`. Null: all of them. */
export async function holdingsOf(
  inquiry: Inquiry,
  {manifest, fragmentsHere}: ServedManifest,
): Promise<Answered<Uint8Array | null>> {
  const fragments = fragmentCount(manifest.size, manifest.geometry);
  if (fragmentsHere >= fragments) return {kind: 'answered', value: null};
  const holds = new Uint8Array(Math.ceil(fragments / 8));
  for (const {first, count} of pagesOf(fragments)) {
    const page = await inquiry.have(manifest.root, first, count);
    if (page.kind === 'refused') return page;
    holds.set(page.value, (first - 1) / 8);
  }
  return {kind: 'answered', value: holds};
}

function* pagesOf(fragments: number): Generator<{readonly first: number; readonly count: number}> {
  for (let first = 1; first <= fragments; first += PAGE_ITEMS_MAX)
    yield {first, count: Math.min(PAGE_ITEMS_MAX, fragments - first + 1)};
}
