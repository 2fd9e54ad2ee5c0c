/** What earlier runs left beside the output. */

import {LEFTOVERS_MAX} from '../../limits.js';
import type {Leftover} from '../../machines/events.js';
import type {Geometry} from '../../model.js';
import type {Disk, DiskFile} from './disk.js';
import type {LogState} from './log-state.js';
import {logPath, type Place, partPath, rootsBeside} from './output-file.js';
import {readLog} from './resume-log.js';

/** Versions of which part or output can be used, as far as their logs can be read. */
export async function findLeftovers(disk: Disk, place: Place, geometry: Geometry): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for await (const state of usableLogs(disk, place, geometry)) {
    const {manifest} = state.header;
    const part = await disk.facts(partPath(place, manifest.root));
    const output = await disk.facts(place.output);
    const hasPart = part?.kind === 'file' && part.size === manifest.size;
    const isPublished = output !== null && state.mayHaveBecome(output);
    if (!hasPart && !isPublished) continue;
    const isProved = state.proveDigests() !== null;
    const complete = state.claimsAll && isProved && (isPublished || state.knowsAllDigests);
    found.push({manifest, storedBytes: state.claimedBytes, isProved, complete});
  }
  return found;
}

/** The part of another version, as a source of blocks. */
export interface OlderPart {
  readonly file: DiskFile;
  readonly state: LogState;
}

/** Opens the parts of all versions but `root`. What cannot be opened is left out: it would only have saved work. */
export async function openOlderParts(
  disk: Disk,
  place: Place,
  geometry: Geometry,
  root: string,
): Promise<OlderPart[]> {
  const parts: OlderPart[] = [];
  for await (const state of usableLogs(disk, place, geometry)) {
    if (state.header.manifest.root === root || state.claimedBytes === 0) continue;
    const path = partPath(place, state.header.manifest.root);
    const file = await disk.open(path, {access: 'read', create: 'never', mode: 0}).catch(() => null);
    if (file === null) continue;
    if ((await file.facts()).kind === 'file') parts.push({file, state});
    else await file.close();
  }
  return parts;
}

async function* usableLogs(disk: Disk, place: Place, geometry: Geometry): AsyncGenerator<LogState> {
  for (const digits of (await rootsBeside(disk, place)).slice(0, LEFTOVERS_MAX)) {
    const read = await readLog(disk, logPath(place, digits));
    if (read.kind !== 'usable') continue;
    const {root, geometry: its} = read.state.header.manifest;
    if (!root.startsWith(digits)) continue;
    if (its.blockBytes !== geometry.blockBytes || its.fragmentBytes !== geometry.fragmentBytes) continue;
    yield read.state;
  }
}
