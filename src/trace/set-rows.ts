/** The rows of a set: several files that are downloaded together, small ones in bundles, large ones one by one. */

import {bytes, flag, ms, nullable, optional, rate, text, texts, whole, word} from './fields.js';

const connection = whole('the connection');
const bundle = whole('the bundle, by a number that no other has');

/** Each row with what it tells, and its fields. */
export const SET_ROWS = {
  set: {
    about: 'Several files were asked for. After the header, where one file has `download`.',
    fields: {
      wanted: texts('names, patterns and folders as they were given: the first 50'),
      words: whole('how many were given'),
      all: flag('everything that the servers offer was asked for'),
      output: nullable(text('the folder, as given; the home folder is written as `~`')),
      servers: whole('how many servers the list has'),
      connections: whole('most connections to one server, for the bundles and for each large file'),
      limitBytesPerSecond: nullable(rate('own limit over all servers')),
      giveUpAfterMs: nullable(ms('end after so long without anything new, when given')),
      slabs: whole('blocks and bundles that can be in memory at once'),
      threads: whole('threads that hash and write'),
      blockBytes: bytes('size of a block, and of the largest file that comes in a bundle'),
      fragmentBytes: bytes('size of a fragment'),
    },
  },
  offers: {
    about: 'A server was asked what it offers.',
    fields: {
      server: whole('the server'),
      is: word(
        ['answered', 'lost', 'violated'],
        'what came of it; `violated`: its answer broke the protocol',
      ),
      files: optional(whole('`answered`: files that it lists')),
      bundles: optional(flag('`answered`: it sends small files in bundles')),
      reason: optional(text('`lost`, `violated`: why')),
    },
  },
  chosen: {
    about: 'What the set is: the servers have said what they offer, and the folder was looked at.',
    fields: {
      files: whole('files of the set, those included that were asked for in vain'),
      bytes: bytes('their sizes, where they are known'),
      complete: whole('here already'),
      failed: whole('failed already'),
      small: whole('to come in bundles'),
      large: whole('to come each as a download of its own'),
    },
  },
  item: {
    about:
      'A file of the set, by its number in the head. One row when it ends, and for those that are a download of their own one before: `begun`.',
    fields: {
      name: text('its name on the servers, or what was asked for and fits none'),
      is: word(
        ['begun', 'stored', 'complete', 'failed'],
        '`begun`: rows with this `item` follow; `complete`: it was there already',
      ),
      size: nullable(bytes('its size; null: not known')),
      server: optional(whole('the server that brought it in a bundle')),
      storedBytes: optional(bytes('at its end: received, found right and written')),
      resumedBytes: optional(bytes('at its end: here before, and right')),
      code: optional(text('`failed`: code of the error')),
      message: optional(text('`failed`: the error in words; the home folder is written as `~`')),
    },
  },
  bundle: {
    about:
      'Small files are asked for. Ends with `bundled`, unless the connection is lost or everything here before.',
    fields: {
      connection,
      bundle,
      files: whole('how many'),
      bytes: bytes('their sizes as listed, together'),
      hedge: flag('another server was asked for them too: whichever comes first counts'),
    },
  },
  bundled: {
    about: 'A bundle has ended. What came is verified next: an `item` row tells of each file.',
    fields: {
      connection,
      bundle,
      how: word(['ok', 'cancelled', 'busy', 'refused'], 'how'),
      elapsedMs: ms('since it was asked for'),
      files: optional(whole('`ok`: files that came and were waited for')),
      bytes: optional(bytes('`ok`: their length')),
      wastedFiles: optional(whole('`ok`: files that came and were here already')),
      wastedBytes: optional(bytes('`ok`: their length')),
      refusedFiles: optional(whole('`ok`: files that the server did not send')),
      retryAfterMs: optional(ms('`busy`: when to come back, as the server says')),
      code: optional(text('`refused`: why')),
    },
  },
} as const;
