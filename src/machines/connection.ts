/**
 * One connection to a server: what may happen when, and how long it may take. Which blocks to ask for is the
 * plan's business; this machine knows the conversation. Its link (one socket) is a port, and so is time.
 */

import {raise} from 'xstate';
import {connectionSetup, FRESH} from './connection-setup.js';

export const connectionMachine = connectionSetup.createMachine({
  id: 'connection',
  description: 'One socket to one server, from the dial to the end of the download.',
  context: ({input}) => ({...input, ...FRESH}),
  initial: 'online',
  states: {
    online: {
      description: 'The link lives as long as this state.',
      invoke: {
        id: 'link',
        src: 'link',
        input: ({context: {connection, server, parent}}) => ({connection, server, download: parent}),
        onError: {actions: {type: 'escalate', params: ({event}) => ({error: event.error})}},
      },
      initial: 'connecting',
      on: {
        'connection.dismissed': [
          // Leaving this state ends the link, so the last word goes out first.
          {
            guard: 'hasComplaint',
            actions: ['complain', raise({type: 'connection.dismissed', complaint: null})],
          },
          {target: 'done'},
        ],
        'link.lost': {target: 'lost', actions: 'report'},
        'link.violated': {target: 'lost', actions: 'report'},
        'link.refused': {target: 'lost', actions: 'report'},
        'connection.stalled': 'lost',
        'fragmentDigests.asked': {actions: ['countQuestion', 'pass']},
        'blockDigests.asked': {actions: ['countQuestion', 'pass']},
        'link.fragmentDigests': {actions: ['countAnswer', 'report']},
        'link.blockDigests': {actions: ['countAnswer', 'report']},
        'link.digestsRefused': {actions: ['countAnswer', 'report']},
        'link.ended': {actions: ['countFetchEnd', 'report']},
        'link.goodbye': [
          {guard: 'hasFetches', target: '.leaving', actions: 'report'},
          {actions: {type: 'abandon', params: {reason: 'the server is shutting down'}}},
        ],
        'fetch.cancelled': {actions: 'pass'},
      },
      states: {
        connecting: {
          description: 'From the dial to the manifest.',
          initial: 'dialling',
          states: {
            dialling: {
              on: {'link.opened': {target: 'greeting', actions: 'greet'}},
              after: {
                connectTimeout: {actions: {type: 'abandon', params: {reason: 'no connection within 5 s'}}},
              },
            },
            greeting: {
              on: {'link.welcomed': {target: 'inquiring', actions: 'noteWelcome'}},
              after: {
                welcomeTimeout: {actions: {type: 'abandon', params: {reason: 'no welcome within 5 s'}}},
              },
            },
            inquiring: {
              on: {
                'link.manifested': [
                  {guard: 'isPartial', target: 'surveying', actions: ['noteManifest', 'prepareSurvey']},
                  {target: '#connection.online.idle', actions: ['noteManifest', 'reportReady']},
                ],
              },
              after: {
                answerTimeout: {actions: {type: 'abandon', params: {reason: 'no manifest within 15 s'}}},
              },
            },
            surveying: {
              description: 'It holds only some fragments: which ones, page by page.',
              entry: 'survey',
              on: {
                'link.surveyed': [
                  {
                    guard: 'isLastPage',
                    target: '#connection.online.idle',
                    actions: ['noteSurvey', 'reportReady'],
                  },
                  {target: 'surveying', reenter: true, actions: 'noteSurvey'},
                ],
              },
              after: {answerTimeout: {actions: {type: 'abandon', params: {reason: 'no answer within 15 s'}}}},
            },
          },
        },
        idle: {
          description: 'Nothing is being fetched here.',
          initial: 'quiet',
          on: {'fetch.assigned': {target: 'transferring', actions: ['countFetch', 'pass']}},
          states: {
            quiet: {
              on: {
                'fragmentDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
                'blockDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
              },
              after: {pingInterval: {target: 'pinged', actions: 'ping'}},
            },
            asked: {
              description: 'Digests were asked for.',
              on: {
                'link.fragmentDigests': [
                  {guard: 'isLastAnswer', target: 'quiet', actions: ['countAnswer', 'report']},
                  {actions: ['countAnswer', 'report']},
                ],
                'link.blockDigests': [
                  {guard: 'isLastAnswer', target: 'quiet', actions: ['countAnswer', 'report']},
                  {actions: ['countAnswer', 'report']},
                ],
                'link.digestsRefused': [
                  {guard: 'isLastAnswer', target: 'quiet', actions: ['countAnswer', 'report']},
                  {actions: ['countAnswer', 'report']},
                ],
              },
              after: {answerTimeout: {actions: {type: 'abandon', params: {reason: 'no answer within 15 s'}}}},
            },
            pinged: {
              on: {
                'link.ponged': 'quiet',
                'fragmentDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
                'blockDigests.asked': {target: 'asked', actions: ['countQuestion', 'pass']},
              },
              after: {
                answerTimeout: {actions: {type: 'abandon', params: {reason: 'no sign of life for 15 s'}}},
              },
            },
          },
        },
        transferring: {
          description: 'Fetches are out. Silence is judged by the plan, over all connections.',
          on: {
            'fetch.assigned': {actions: ['countFetch', 'pass']},
            'link.ended': [
              {guard: 'isBusy', target: 'busy', actions: ['countFetchEnd', 'report']},
              {guard: 'isLastFetchBeforeAnswer', target: 'idle.asked', actions: ['countFetchEnd', 'report']},
              {guard: 'isLastFetch', target: 'idle', actions: ['countFetchEnd', 'report']},
              {actions: ['countFetchEnd', 'report']},
            ],
          },
        },
        busy: {
          description: 'The server refused and named a time; nothing is asked before it.',
          on: {
            'connection.rested': [
              {guard: 'hasFetches', target: 'transferring'},
              {guard: 'hasQuestions', target: 'idle.asked'},
              {target: 'idle'},
            ],
          },
          after: {pingInterval: {target: 'busy', reenter: true, actions: 'ping'}},
        },
        leaving: {
          description: 'The server said goodbye: it finishes what was asked.',
          on: {
            'link.ended': [
              {
                guard: 'isLastFetch',
                actions: [
                  'countFetchEnd',
                  'report',
                  {type: 'abandon', params: {reason: 'the server is shutting down'}},
                ],
              },
              {actions: ['countFetchEnd', 'report']},
            ],
          },
        },
      },
    },
    lost: {
      description: 'The socket is gone; the plan says when to dial again.',
      entry: 'forgetAll',
      on: {'connection.redialled': 'online', 'connection.dismissed': 'done'},
    },
    done: {type: 'final', description: 'Dismissed, refused or banned: nothing is asked of it any more.'},
  },
});
