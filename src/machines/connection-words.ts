/** Translations of a connection: from its link to the download, and from the download to its link. Pure. */

import type {ConnectionEvent, DatedManifest} from './events.js';
import type {ConnectionCommand, LinkCommand, LinkEvent} from './link-events.js';

/** What the download hears of something the link said. */
export function reportOf(connection: number, event: LinkEvent): ConnectionEvent {
  const origin = {connection, atMs: event.atMs};
  switch (event.type) {
    case 'link.ended':
      return {...event, ...origin, type: 'fetch.ended'};
    case 'link.fragmentDigests':
      return {...event, ...origin, type: 'fragmentDigests.received'};
    case 'link.blockDigests':
      return {...event, ...origin, type: 'blockDigests.received'};
    case 'link.digestsRefused':
      return {...event, ...origin, type: 'digests.refused'};
    case 'link.refused':
      return {...event, ...origin, type: 'connection.refused'};
    case 'link.goodbye':
      return {...origin, type: 'connection.leaving'};
    case 'link.violated':
      return {...event, ...origin, type: 'connection.violated'};
    case 'link.lost':
      return {...event, ...origin, type: 'connection.lost'};
    default:
      throw new Error(`${event.type} is not for the download`);
  }
}

/** The connection may be given work: it speaks our version and named a manifest. */
export function readyReport(
  connection: number,
  instanceId: string,
  manifest: DatedManifest | null,
  holds: Uint8Array | null,
  atMs: number,
): ConnectionEvent {
  if (manifest === null) throw new Error('ready without a manifest');
  return {type: 'connection.ready', connection, atMs, instanceId, manifest, holds};
}

/** Questions and fetches go to the link under its own words. */
export function commandFor(event: LinkEvent | ConnectionCommand): LinkCommand {
  switch (event.type) {
    case 'fetch.assigned':
      return {type: 'link.fetch', ticket: event.ticket, run: event.run};
    case 'fetch.cancelled':
      return {type: 'link.cancel', ticket: event.ticket};
    case 'fragmentDigests.asked':
      return {...event, type: 'link.askFragmentDigests'};
    case 'blockDigests.asked':
      return {...event, type: 'link.askBlockDigests'};
    default:
      throw new Error(`${event.type} is no command for a link`);
  }
}

/** A last word to a server that sent wrong content. */
export function complaintOf(event: LinkEvent | ConnectionCommand): LinkCommand {
  if (event.type !== 'connection.dismissed' || event.complaint === null)
    throw new Error('nothing to complain about');
  return {type: 'link.complain', ...event.complaint};
}
