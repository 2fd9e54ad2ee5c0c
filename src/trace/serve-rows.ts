/** The rows of a server's trace: its files, its clients, and what they were given. */

import {bytes, digest, flag, ms, nullable, optional, rate, text, whole, word} from './fields.js';

const session = whole('the client, by a number that no other has');
const name = text('the file');
const times = optional(whole('how many rows this one stands for. Not in files: only on a live page'));

/** Each row with what it tells, and its fields. */
export const SERVE_ROWS = {
  serve: {
    about: 'What is offered. After the header.',
    fields: {
      folder: text('as given; the home folder is written as `~`'),
      maxTransfers: whole('slots: clients that transfer at once'),
      limitBytesPerSecond: nullable(rate('own limit over all clients')),
      inPlace: flag('ranges of the originals are served'),
      blockBytes: bytes('size of a block'),
      fragmentBytes: bytes('size of a fragment'),
    },
  },
  listening: {about: 'It listens here.', fields: {address: text('`host:port`')}},
  file: {
    about: 'What became of a file of the folder.',
    fields: {
      name,
      is: word(
        ['ready', 'withdrawn', 'skipped', 'failed', 'elsewhere'],
        '`elsewhere`: another server of this folder indexes it',
      ),
      size: optional(bytes('`ready`: its size')),
      root: optional(digest('`ready`: its version')),
      fragments: optional(whole('`ready`: fragments it has')),
      here: optional(whole('`ready`: fragments that are here')),
      hashed: optional(flag('`ready`: it was hashed; else an index on disk was up to date')),
      elapsedMs: optional(ms('`ready`: how long that took')),
      reason: optional(text('why, in words')),
    },
  },
  indexing: {
    about: 'How far the indexing is, at most four times a second. The last one has no files.',
    fields: {
      files: whole('being indexed, or waiting for it'),
      doneBytes: bytes('gone through; each byte counts twice, for it is hashed twice'),
      totalBytes: bytes('to be gone through'),
    },
  },
  fragment: {
    about: 'A fragment was reported as wrong and looked at, or could not be read.',
    fields: {
      name,
      fragment: whole('the fragment, from 1'),
      is: word(['intact', 'remade', 'withdrawn', 'unreadable'], 'what was found or done'),
      reason: optional(text('why, in words')),
    },
  },
  scan: {
    about: 'The folder was looked at and is not what it was at the last time, or could not be read.',
    fields: {
      files: optional(whole('files found')),
      reason: optional(text('why it could not be read')),
    },
  },
  session: {about: 'A client has connected.', fields: {session, peer: text('`host:port` of it')}},
  slot: {
    about: 'A client asked for blocks, and may transfer or not.',
    fields: {
      session,
      granted: flag('it may'),
      inUse: whole('slots taken'),
      retryAfterMs: optional(ms('not granted: when it may come back')),
      times,
    },
  },
  served: {
    about: 'A fetch has ended: its last block was given to the socket.',
    fields: {
      session,
      request: whole('id of the fetch in its connection'),
      name: optional(text('of blocks: their file')),
      fragment: optional(whole('of blocks: their fragment, from 1')),
      first: optional(whole('of blocks: the first one asked for')),
      count: optional(whole('of blocks: how many were asked for')),
      files: optional(whole('of a bundle: how many small files were asked for')),
      bytes: bytes('payload given to the socket'),
      how: word(
        ['ok', 'delivered', 'cancelled', 'busy', 'complete', 'error'],
        'how; `delivered`: a bundle; `complete`: there is no such fragment',
      ),
      code: optional(text('`error`: why')),
      queuedMs: ms('from its arrival to its turn'),
      elapsedMs: ms('from its turn to its end'),
      readMs: ms('of that: waiting for the disk, opening the file included'),
      writeMs: ms(
        'of that: waiting for memory, which is free when the client has taken what was sent before',
      ),
      times,
    },
  },
  closed: {
    about: 'A client is gone.',
    fields: {
      session,
      reason: text('why, in words'),
      bytes: bytes('payload given to its socket'),
      busyReplies: whole('times it was refused'),
    },
  },
  refused: {about: 'Connections failed before they became clients.', fields: {reason: text('why'), times}},
  load: {
    about: 'Once a second while anything is sent: how much there is to do.',
    fields: {
      sessions: whole('clients connected'),
      inUse: whole('slots taken'),
      bytes: bytes('payload given to sockets since the row before'),
    },
  },
  drain: {
    about: 'The server ends: what is under way may finish.',
    fields: {sessions: whole('clients connected')},
  },
} as const;
