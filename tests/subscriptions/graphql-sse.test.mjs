// The npm client graphql-sse, in distinct connections mode, on the public origin.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createClient } from 'graphql-sse';
import { customer, departure, until } from '../stage.mjs';
import { Line } from './line.mjs';
import { Mailbox } from './mailbox.mjs';
import { expiring } from './token.mjs';

const { GATEWAY_URL } = process.env;

let departureId;
before(async () => {
  departureId = await departure();
});

async function subscriber(context, { url = `${GATEWAY_URL}/graphql`, token = (own) => own } = {}) {
  const mailbox = new Mailbox(await customer(), departureId);
  const client = createClient({
    url,
    headers: () => {
      const authorization = token(mailbox.customer.token);
      return authorization ? { authorization: `Bearer ${authorization}` } : {};
    },
    retry: () => new Promise((resolve) => setTimeout(resolve, 300)),
    retryAttempts: 100,
    on: { connected: () => (mailbox.connections += 1) },
  });
  context.after(() => client.dispose());
  mailbox.stop = client.subscribe(mailbox.request, mailbox.sink);
  return mailbox;
}

describe('graphql-sse', { concurrency: true }, () => {
  for (const path of ['/graphql', '/subscriptions']) {
    test(`a booking is heard of on ${path}`, async (context) => {
      await (await subscriber(context, { url: GATEWAY_URL + path })).begin();
    });
  }

  test('a client whose line is cut resumes, with no gap and nothing twice', async (context) => {
    const line = await Line.to(GATEWAY_URL);
    const mailbox = await subscriber(context, { url: `http://${line.host}/graphql` });
    context.after(() => line.close());
    await mailbox.begin();
    const orders = await mailbox.bookWhileCut(line);
    await mailbox.has(orders);
    await until(() => mailbox.connections >= 4, 'the fourth connection');
  });

  test('a stream whose token expires tells why, and is completed', async (context) => {
    const mailbox = await subscriber(context, { token: (own) => expiring(own, 3) });
    await mailbox.begin();
    assert.deepEqual(await until(() => mailbox.end, 'the end of the token'), { completed: true });
    assert.equal(mailbox.errors[0].extensions.code, 'UNAUTHENTICATED');
    assert.match(mailbox.errors[0].message, /the token has expired$/);
  });

  for (const [what, token] of [
    ['no token', () => undefined],
    ['a token that is none', () => 'nonsense'],
    ['a token that has expired', (own) => expiring(own, -60)],
  ]) {
    test(`${what} is refused`, async (context) => {
      const mailbox = await subscriber(context, { token });
      assert.deepEqual(await until(() => mailbox.end, 'the refusal'), { completed: true });
      assert.equal(mailbox.errors[0].extensions.code, 'UNAUTHENTICATED');
      assert.deepEqual(mailbox.events, []);
    });
  }
});
