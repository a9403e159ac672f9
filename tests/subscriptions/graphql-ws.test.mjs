// The npm client graphql-ws, on the public origin.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { customer, departure, until } from '../stage.mjs';
import { Line } from './line.mjs';
import { Mailbox } from './mailbox.mjs';
import { expiring } from './token.mjs';

const { GATEWAY_URL } = process.env;
const webSocketUrl = (host) => `ws://${host}/graphql`;
const { host } = new URL(GATEWAY_URL);

let departureId;
before(async () => {
  departureId = await departure();
});

async function subscriber(context, options, url = webSocketUrl(host)) {
  const mailbox = new Mailbox(await customer(), departureId);
  mailbox.closed = [];
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${mailbox.customer.token}` },
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 300)),
    // A refused connection is an error of the socket, no close: without this, the client would give up.
    shouldRetry: () => true,
    on: {
      connected: () => (mailbox.connections += 1),
      closed: ({ code, reason }) => mailbox.closed.push({ code, reason }),
    },
    ...(typeof options === 'function' ? options(mailbox) : options),
  });
  context.after(() => client.dispose());
  mailbox.stop = client.subscribe(mailbox.request, mailbox.sink);
  return mailbox;
}

describe('graphql-ws', { concurrency: true }, () => {
  test('a booking is heard of, with the token in connection_init', async (context) => {
    const mailbox = await subscriber(context);
    await mailbox.begin();
    mailbox.stop();
    await until(() => mailbox.closed.length > 0, 'the end of the connection');
    assert.equal(mailbox.closed[0].code, 1000);
  });

  test('the token may be in a header of the upgrade, and the path /subscriptions', async (context) => {
    const withHeader = ({ customer: { token } }) => ({
      connectionParams: undefined,
      webSocketImpl: class extends WebSocket {
        constructor(url, protocols) {
          super(url, protocols, { headers: { authorization: `Bearer ${token}` } });
        }
      },
    });
    await (await subscriber(context, withHeader, `ws://${host}/subscriptions`)).begin();
  });

  test('a client whose line is cut resumes, with no gap and nothing twice', async (context) => {
    const line = await Line.to(GATEWAY_URL);
    const mailbox = await subscriber(context, {}, webSocketUrl(line.host));
    context.after(() => line.close());
    await mailbox.begin();
    const orders = await mailbox.bookWhileCut(line);
    await mailbox.has(orders);
    await until(() => mailbox.closed.length >= 3, 'the third cut');
  });

  test('a client whose token expires is told, and goes on with the next', async (context) => {
    let connections = 0;
    const mailbox = await subscriber(context, ({ customer: { token } }) => ({
      connectionParams: () => {
        connections += 1;
        return { authorization: `Bearer ${connections === 1 ? expiring(token, 3) : token}` };
      },
    }));
    await mailbox.begin();
    const before = await mailbox.book(2);
    await until(() => mailbox.closed.length > 0, 'the end of the token');
    assert.deepEqual(mailbox.closed, [{ code: 4403, reason: 'Forbidden: token expired' }]);
    await mailbox.has([...before, ...(await mailbox.book(2))]);
    assert.equal(connections, 2);
  });

  for (const [what, token, reason] of [
    ['is none', () => 'nonsense', /^Forbidden: /],
    ['has expired', (token) => expiring(token, -60), /^Forbidden: .*expired/],
    ['somebody changed', (token) => token.replace(/\.[^.]+$/, '.AAAA'), /^Forbidden: /],
  ]) {
    test(`a token that ${what} is refused`, async (context) => {
      const mailbox = await subscriber(context, ({ customer }) => ({
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${token(customer.token)}` },
      }));
      const { error } = await until(() => mailbox.end, 'the refusal');
      assert.equal(error.code, 4403);
      assert.match(error.reason, reason);
    });
  }

  test('nobody is told what only a customer may hear', async (context) => {
    const mailbox = await subscriber(context, { connectionParams: undefined });
    const { error } = await until(() => mailbox.end, 'the refusal');
    assert.equal(error[0].extensions.code, 'UNAUTHENTICATED');
  });

  test('pings are answered', async (context) => {
    const pongs = [];
    const mailbox = await subscriber(context, {
      keepAlive: 50,
      on: { pong: (received) => received && pongs.push(Date.now()) },
    });
    await until(() => pongs.length >= 3, 'three pongs');
    assert.equal(mailbox.end, undefined);
  });
});
