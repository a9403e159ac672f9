// The protocol graphql-transport-ws where no decent client goes: what breaks it is told by its close code. Seen from
// outside, with nothing but a WebSocket: the codes pass the gateway.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import WebSocket from 'ws';

const { GATEWAY_URL } = process.env;
const url = `${GATEWAY_URL.replace(/^http/, 'ws')}/graphql`;

const init = { type: 'connection_init' };
const query = 'subscription { departureUpdated(departureId: "01890000-0000-7000-8000-000000000000") { cursor } }';
const subscribe = { type: 'subscribe', id: '1', payload: { query } };

/** How the server closes a connection on which this is said. */
async function closing(...messages) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const [code, reason] = await once(socket, 'close');
  return [code, reason.toString()];
}

describe('graphql-transport-ws', { concurrency: true }, () => {
  for (const [what, messages, code, reason] of [
    ['no JSON', ['nonsense'], 4400, /^Invalid message: /],
    ['an unknown type', [{ type: 'start', id: '1', payload: { query } }], 4400, /^Invalid message: /],
    ['an operation before the connection is initialised', [subscribe], 4401, /^Unauthorized$/],
    ['a token that does not hold', [{ ...init, payload: { authorization: 'Bearer nonsense' } }], 4403, /^Forbidden: /],
    ['nothing', [], 4408, /^Connection initialisation timeout$/],
    ['two operations of one id', [init, subscribe, subscribe], 4409, /^Subscriber for 1 already exists$/],
    ['two initialisations', [init, init], 4429, /^Too many initialisation requests$/],
  ]) {
    test(`${what} closes with ${code}`, async () => {
      const [closed, why] = await closing(...messages);
      assert.equal(closed, code, why);
      assert.match(why, reason);
    });
  }

  test('a client that offers the legacy subprotocol as well is served', async () => {
    for (const offered of [['graphql-ws', 'graphql-transport-ws'], ['graphql-transport-ws', 'graphql-ws']]) {
      const socket = new WebSocket(url, offered);
      await once(socket, 'open');
      assert.equal(socket.protocol, 'graphql-transport-ws');
      socket.send(JSON.stringify(init));
      const [answer] = await once(socket, 'message');
      assert.deepEqual(JSON.parse(answer), { type: 'connection_ack' });
      socket.close();
    }
  });

  for (const offered of [['graphql-ws'], []]) {
    test(`a client that offers ${offered[0] ?? 'no subprotocol'} is refused with a word why`, async () => {
      const socket = new WebSocket(url, offered);
      const [request, response] = await once(socket, 'unexpected-response');
      assert.equal(response.statusCode, 400);
      const text = (await response.toArray()).join('');
      assert.match(text, /offer the WebSocket subprotocol graphql-transport-ws/);
      request.socket.destroy();
    });
  }

  test('the silent are pinged', async () => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify(init));
    const said = [];
    socket.on('message', (message) => said.push(JSON.parse(message).type));
    while (!said.includes('ping')) await once(socket, 'message');
    assert.deepEqual(said, ['connection_ack', 'ping']);
    socket.close();
  });
});
