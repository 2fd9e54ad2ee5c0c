import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createActor, type EventObject, fromCallback, sendTo, setup} from 'xstate';
import {type Inspected, lookOn} from '../../../src/actors/trace/look-on.js';

/** A machine that says something to an actor below it, which answers. */
const machine = setup({
  actors: {
    echo: fromCallback<EventObject>(({sendBack, receive}) => receive(() => sendBack({type: 'answer'}))),
  },
}).createMachine({
  invoke: {id: 'echo', src: 'echo'},
  initial: 'quiet',
  states: {
    quiet: {on: {ask: {target: 'asking', actions: sendTo('echo', {type: 'question'})}}},
    asking: {on: {answer: 'answered'}},
    answered: {type: 'final'},
  },
});

const wordOf = (event: Inspected) => ('event' in event ? `${event.type} ${event.event.type}` : event.type);

test('who looks on sees what xstate shows, in its order, and no copies', () => {
  const shown: string[] = [];
  const seen: Inspected[] = [];
  const actor = createActor(machine, {inspect: (event) => void shown.push(wordOf(event))});
  const other = createActor(machine);
  lookOn(other, (event) => seen.push(event));
  for (const one of [actor, other]) one.start().send({type: 'ask'});
  // Actors are shown when they are made: here before anybody looks.
  const expected = shown.filter((word) => word !== '@xstate.actor');
  assert.ok(expected.includes('@xstate.microstep answer'), expected.join(', '));
  assert.deepEqual(seen.map(wordOf), expected);
  // With an id it would come by xstate's own way, which is taken only where the fast one is gone.
  assert.ok(seen.every((event) => !('rootId' in event)));
});
