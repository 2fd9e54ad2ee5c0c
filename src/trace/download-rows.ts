/** The rows of a download's trace: what was wanted, what connections were given, what came, and what it waited for. */

import {bytes, digest, flag, ms, nullable, optional, rate, table, text, whole, word} from './fields.js';

const connection = whole('the connection');
const fragment = whole('the fragment, from 1');
const first = whole('first block, from 0 within the fragment');
const end = whole('the block after the last one');
const block = whole('the block, from 0 within the fragment');
const ticket = whole('the fetch, by a number that no other has');
const source = nullable(whole('the connection that brought it; null: it was on disk'));

/** Each row with what it tells, and its fields. */
export const DOWNLOAD_ROWS = {
  download: {
    about: 'What was asked for. After the header.',
    fields: {
      file: text('name on the servers'),
      output: nullable(text('where it goes, as given; the home folder is written as `~`')),
      servers: whole('how many servers the list has'),
      connections: whole('most connections to one server'),
      limitBytesPerSecond: nullable(rate('own limit over all servers')),
      giveUpAfterMs: nullable(ms('end after so long without a new block, when given')),
      root: nullable(digest('version asked for by its root')),
      sha256: nullable(digest('version asked for by its SHA-256')),
      slabs: whole('blocks that can be in memory at once'),
      threads: whole('threads that hash and write'),
      blockBytes: bytes('size of a block'),
      fragmentBytes: bytes('size of a fragment'),
    },
  },
  address: {
    about: 'A server of the list. One row each, in the order of the list.',
    fields: {
      server: whole('number of the server, from 0'),
      address: text('`host:port`'),
      role: optional(word(['prefer', 'backup'], 'what the list says of it; else it is as any other')),
      limitBytesPerSecond: optional(rate('own limit for this server')),
    },
  },
  version: {
    about: 'The version is fixed and proved: by the servers, or by what an earlier run left.',
    fields: {
      root: digest('its root'),
      sha256: digest('its SHA-256, as the servers claim it'),
      size: bytes('size of the file'),
      fragments: whole('number of fragments'),
    },
  },
  kept: {
    about: 'Blocks that are on disk already. Several rows where there are many.',
    fields: {
      how: word(
        ['trusted', 'unchecked', 'older', 'whole'],
        '`trusted`: they count; `unchecked`: they are hashed first; `older`: they are taken over from the part of another version, and hashed; `whole`: the output is there already',
      ),
      bytes: bytes('their length all together'),
      runs: table(['fragment', 'first', 'end'], 'consecutive blocks, without the one at `end`'),
    },
  },
  dial: {
    about: 'A connection is opened. From here on its number stands for this server.',
    fields: {
      connection,
      server: whole('the server'),
      again: flag('it was lost, and is dialled anew'),
    },
  },
  lease: {
    about: 'A connection is given blocks of a fragment, to ask for bit by bit.',
    fields: {connection, fragment, first, end},
  },
  steal: {
    about: 'An idle connection takes over the end of what another one was given.',
    fields: {connection, from: whole('the connection it is taken from'), fragment, first, end},
  },
  return: {
    about: 'A connection gives back what it has not asked for: it would come too late.',
    fields: {connection},
  },
  fetch: {
    about:
      'Blocks are asked for. Ends with `fetched`, unless the connection is lost or the download over before.',
    fields: {
      connection,
      ticket,
      fragment,
      first,
      end,
      hedge: flag('another connection was asked for them too: whichever comes first counts'),
    },
  },
  cancel: {about: 'A fetch is not needed any more, and the server is told.', fields: {connection, ticket}},
  fetched: {
    about: 'A fetch has ended.',
    fields: {
      connection,
      ticket,
      how: word(['ok', 'cancelled', 'busy', 'refused'], 'how'),
      retryAfterMs: optional(ms('`busy`: when to come back, as the server says')),
      code: optional(text('`refused`: why')),
    },
  },
  block: {
    about: 'A block has come whole.',
    fields: {
      connection,
      fragment,
      block,
      bytes: bytes('its length'),
      wasted: optional(flag('only there when true: a second copy, thrown away')),
    },
  },
  stored: {
    about: 'A block was hashed, found right, and is in the file.',
    fields: {connection: source, fragment, block, bytes: bytes('its length')},
  },
  brought: {
    about:
      'Several rows `stored` of one connection, put together. Not in files: only a page that looks on live gets it, for what is long past.',
    fields: {
      connection: source,
      bytes: bytes('length of the blocks all together'),
      runs: table(['fragment', 'first', 'end'], 'consecutive blocks, without the one at `end`'),
    },
  },
  wrong: {
    about: 'A block was hashed and found wrong. One from a server is proof against it.',
    fields: {
      connection: source,
      fragment,
      block,
      expected: digest('its digest, as the root says'),
      received: text('digest of what came, 64 hex digits; empty: it could not be read'),
    },
  },
  server: {
    about: 'What a server is to the download from now on. Before its first row it is unasked.',
    fields: {
      server: whole('the server'),
      is: word(
        [
          'unasked',
          'connecting',
          'open',
          'busy',
          'indexing',
          'standby',
          'lost',
          'absent',
          'other-version',
          'banned',
          'alias',
        ],
        'its state',
      ),
      untilMs: optional(
        ms('`busy`, `indexing`, `lost`: `t` at which it is asked again; `lost` without it: given up'),
      ),
      reason: optional(text('`lost`, `absent`: why; what a server said stands here as it came')),
      root: optional(digest('`other-version`: what it has; without it: it replaced the file')),
      of: optional(whole('`alias`: the server that it is')),
      permille: optional(whole('`indexing`: how far it is with the file')),
      proof: optional(
        word(
          ['wrong-block', 'wrong-digests', 'protocol', 'wrong-file'],
          '`banned`: what it did; `wrong-file`: a file of a bundle, named in `detail`',
        ),
      ),
      fragment: optional(whole('`banned`: in this fragment')),
      block: optional(whole('`banned`: in this block')),
      detail: optional(text('`banned`: in words')),
      busyReplies: whole('refusals so far'),
      errors: whole('errors so far'),
    },
  },
  tick: {
    about: 'Four times a second, and once at the end: how fast everything is.',
    fields: {
      elapsedMs: ms('since the tick before; 0 for the one at the end'),
      slabsFree: whole('blocks for which there is memory'),
      storing: whole('blocks that wait for a thread, or are with one'),
      tasks: whole('blocks hashed and written since the tick before'),
      waitedMs: ms('time that these waited for a thread, all together'),
      hashedMs: ms('time that threads hashed them, all together'),
      writtenMs: ms('time that threads wrote them, all together'),
      connections: table(
        ['connection', 'bytes', 'bytesPerSecond', 'fetches', 'pausedMs', 'suspect'],
        'connections that did anything or were asked to: payload since the tick before; measured rate, 0 while unknown; fetches out; time in which reading paused because memory or threads were full; 1: silent for so long that others may take over',
      ),
    },
  },
  disk: {
    about: 'The disk is full, or has room again.',
    fields: {
      is: word(['full', 'room'], 'which'),
      needBytes: optional(bytes('`full`: missing to the end of the file')),
      waitMs: optional(ms('`full`: how long room is waited for')),
    },
  },
  hashing: {
    about: 'A whole file is being hashed: how far.',
    fields: {doneBytes: bytes('hashed so far')},
  },
  sum: {
    about: 'What a server brought and cost in all. One row for each that was asked, before `done`.',
    fields: {
      server: whole('the server'),
      bytes: bytes('payload received'),
      blocks: whole('blocks of it that are in the file'),
      busyReplies: whole('refusals'),
      errors: whole('errors'),
    },
  },
  total: {
    about: 'What the download received in all, however it ended. Before `done`.',
    fields: {
      storedBytes: bytes('received, found right and written'),
      resumedBytes: bytes('here before, and right'),
      receivedBytes: bytes('payload received: the sum over the servers'),
      wastedBytes: bytes('received in vain: `receivedBytes - storedBytes`'),
    },
  },
} as const;
