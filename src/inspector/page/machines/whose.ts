/** Whom actors of the same name are for: there are as many sessions as clients, and a set downloads several files. Pure. */

import type {ActorMoment, Moment} from '../model/moment.js';

/** Tells of an actor the server of its connection, its client, or the file of a set that it downloads; '': nothing. */
export function whoseActors({servers, serve, set}: Moment): (actor: ActorMoment) => string {
  const addresses = new Map(
    servers.flatMap(({address, connections}) =>
      connections.map(({connection}) => [connection, address] as const),
    ),
  );
  const peers = new Map(serve?.clients.map(({session, peer}) => [session, peer]));
  const files = new Map(set?.large.map(({item, name}) => [item, name]));
  return ({connection, session, item, parent}) => {
    if (connection !== null) return addresses.get(connection) ?? '';
    if (session !== null) return peers.get(session) ?? '';
    // What a download has started is below it: one line with the name is enough.
    return item !== null && parent === null ? (files.get(item) ?? '') : '';
  };
}
