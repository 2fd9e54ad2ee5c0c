import assert from 'node:assert/strict';
import {test} from 'node:test';
import {whoseActors} from '../../../../src/inspector/page/machines/whose.js';
import type {ActorMoment, Moment} from '../../../../src/inspector/page/model/moment.js';

const NOBODY = {connection: null, session: null, item: null, parent: null};

function whose(moment: object, actor: object): string {
  return whoseActors({servers: [], serve: null, set: null, ...moment} as unknown as Moment)({
    ...NOBODY,
    ...actor,
  } as unknown as ActorMoment);
}

test('a connection is told with its server, a session with its client', () => {
  const servers = [{address: 'host.example:9000', connections: [{connection: 4}]}];
  assert.equal(whose({servers}, {connection: 4}), 'host.example:9000');
  assert.equal(whose({servers}, {connection: 5}), '');
  assert.equal(
    whose({serve: {clients: [{session: 2, peer: '192.0.2.7:5050'}]}}, {session: 2}),
    '192.0.2.7:5050',
  );
});

test('of the downloads of a set each is told with its file, and what it has started is not', () => {
  const set = {large: [{item: 1, name: 'models/big.bin'}]};
  assert.equal(whose({set}, {item: 1}), 'models/big.bin');
  assert.equal(whose({set}, {item: 1, parent: 0}), '');
  assert.equal(whose({set}, {}), '');
});
