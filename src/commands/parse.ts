/** Values of flags: pure functions from text to number or digest. They throw FdlError `usage` that says what is right. */

import {FdlError} from '../errors.js';
import {DURATION_MAX_MS} from '../limits.js';
import type {HexDigest} from '../model.js';

export {parseRate} from '../protocol/rates.js';

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000};

const HEX_DIGEST = /^[0-9a-f]{64}$/i;

/** Milliseconds from `30s`, `5m`, `1h30m`, `250ms` or `0`. A number without a unit is refused: it could mean anything. */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '0') return 0;
  if (!DURATION.test(trimmed)) throw durationInvalid(text, 'write it with its unit, like 30s, 5m or 1h30m');
  let totalMs = 0;
  for (const [, digits, unit] of trimmed.matchAll(DURATION_PART))
    totalMs += Number(digits) * (UNIT_MS[unit ?? ''] ?? 0);
  if (totalMs > DURATION_MAX_MS) throw durationInvalid(text, 'the longest time is 24d');
  return Math.round(totalMs);
}

/** A whole number within bounds. `what` is said first: the parser names flags, but not arguments. */
export function parseWhole(text: string, min: number, max: number, what = ''): number {
  const number = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new FdlError('usage', `${what}'${text}' is not a whole number from ${min} to ${max}`);
}

/** A SHA-256 or a root: 64 hex digits, in lower case from here on. */
export function parseDigest(text: string): HexDigest {
  const trimmed = text.trim();
  if (HEX_DIGEST.test(trimmed)) return trimmed.toLowerCase();
  const problem = /^[0-9a-f]*$/i.test(trimmed) ? `it has ${trimmed.length}` : 'other characters are in it';
  throw new FdlError('usage', `a digest is 64 hex digits; ${problem}`, {
    hint: 'Copy it whole, as sha256sum or the publisher of the file prints it.',
  });
}

function durationInvalid(text: string, problem: string): FdlError {
  return new FdlError('usage', `'${text}' is not a time: ${problem}`);
}
