/**
 * The life of a library: its folder is looked at again and again, and what was found is indexed meanwhile. Pure: the
 * actions are given by actors/library.ts; rows of files are data of the catalogue, not actors.
 */

import {assign, setup} from 'xstate';
import {CLAIM_RETRY_MS, SCAN_REST_FACTOR, SCAN_REST_MAX_MS} from '../limits.js';

export type LibraryEvent =
  | {readonly type: 'scan.finished'; readonly waiting: number; readonly tookMs: number}
  /** Something that was ready has to be indexed again. */
  | {readonly type: 'files.queued'}
  /** The folder could not be read; what is known of it stays. */
  | {readonly type: 'scan.failed'; readonly tookMs: number}
  /** A file was dealt with; `waiting` more are to be, `running` are under way, `ready` could start at once. */
  | {readonly type: 'file.finished'; readonly waiting: number; readonly running: number}
  | {readonly type: 'library.closed'};

export const libraryMachine = setup({
  types: {
    events: {} as LibraryEvent,
    input: {} as {readonly scanIntervalMs: number},
    context: {} as {readonly scanIntervalMs: number; readonly scanTookMs: number},
  },
  actions: {
    /** Starts a scan; it ends in `scan.finished` or `scan.failed`. */
    scanFolder: () => {},
    /** Starts indexing as many files as may run at once; each ends in `file.finished`. */
    indexFiles: () => {},
    /** How long the look took says when the next one is due. */
    noteScan: assign((_, {tookMs}: {readonly tookMs: number}) => ({scanTookMs: tookMs})),
    /** Ends what is under way. */
    stopWork: () => {},
  },
  guards: {
    hasFound: (_, params: {readonly waiting: number}) => params.waiting > 0,
    isNothingLeft: (_, params: {readonly waiting: number; readonly running: number}) =>
      params.waiting === 0 && params.running === 0,
    isAllElsewhere: (_, params: {readonly waiting: number; readonly running: number}) =>
      params.waiting > 0 && params.running === 0,
  },
  delays: {
    scanInterval: ({context: {scanIntervalMs, scanTookMs}}) =>
      Math.max(scanIntervalMs, Math.min(SCAN_REST_MAX_MS, SCAN_REST_FACTOR * scanTookMs)),
    claimRetry: CLAIM_RETRY_MS,
  },
}).createMachine({
  id: 'library',
  description: 'The folder of a server: looked at again and again, and what is found there is indexed.',
  context: ({input}) => ({...input, scanTookMs: 0}),
  initial: 'open',
  states: {
    open: {
      type: 'parallel',
      on: {'library.closed': 'closed'},
      states: {
        folder: {
          initial: 'scanning',
          states: {
            scanning: {
              entry: 'scanFolder',
              on: {
                'scan.finished': {
                  target: 'watching',
                  actions: {type: 'noteScan', params: ({event}) => event},
                },
                'scan.failed': {target: 'watching', actions: {type: 'noteScan', params: ({event}) => event}},
              },
            },
            watching: {after: {scanInterval: 'scanning'}},
          },
        },
        files: {
          initial: 'resting',
          on: {
            'scan.finished': {guard: {type: 'hasFound', params: ({event}) => event}, target: '.indexing'},
            'files.queued': '.indexing',
          },
          states: {
            resting: {},
            indexing: {
              entry: 'indexFiles',
              on: {
                'file.finished': [
                  {guard: {type: 'isNothingLeft', params: ({event}) => event}, target: 'resting'},
                  {guard: {type: 'isAllElsewhere', params: ({event}) => event}, target: 'postponed'},
                  {actions: 'indexFiles'},
                ],
              },
            },
            postponed: {
              description: 'only files that another server of this folder is indexing are left',
              after: {claimRetry: 'indexing'},
            },
          },
        },
      },
    },
    closed: {type: 'final', entry: 'stopWork'},
  },
});
