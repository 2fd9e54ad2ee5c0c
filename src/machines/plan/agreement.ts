/**
 * Which version of the file to fetch. Servers name a manifest each; a pin of the user chooses among them,
 * without one they must all name the same. Pure.
 */

import type {HexDigest, Manifest} from '../../model.js';

/** What the user fixed beforehand; null: not fixed. */
export interface Pin {
  readonly root: HexDigest | null;
  readonly sha256: HexDigest | null;
}

export interface Offer {
  readonly server: number;
  readonly manifest: Manifest & {readonly modifiedMs: number};
}

export type Agreement =
  /** Nobody offered anything. */
  | {readonly kind: 'none'}
  | {readonly kind: 'agreed'; readonly offer: Offer}
  /** Versions were offered, but not the pinned one. */
  | {readonly kind: 'pin-not-offered'; readonly offers: readonly Offer[]}
  | {readonly kind: 'disagree'; readonly offers: readonly Offer[]};

export function matchesPin(manifest: Manifest, pin: Pin): boolean {
  return (
    (pin.root === null || manifest.root === pin.root) &&
    (pin.sha256 === null || manifest.sha256 === pin.sha256)
  );
}

/** Decides on all offers at hand; the caller decides when there are enough of them. */
export function agree(offers: readonly Offer[], pin: Pin): Agreement {
  if (offers.length === 0) return {kind: 'none'};
  const wanted = offers.filter((offer) => matchesPin(offer.manifest, pin));
  const [first, ...others] = wanted;
  if (first === undefined) return {kind: 'pin-not-offered', offers};
  const differs = others.some((offer) => offer.manifest.root !== first.manifest.root);
  return differs ? {kind: 'disagree', offers: wanted} : {kind: 'agreed', offer: first};
}
