// Makes something happen on the stack until it is told to stop: bookings that are confirmed, refused and cancelled, a
// departure that is cancelled, requests that are wrong, somebody who listens.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ask, becomes, book, customer, departure, mutate, operator } from '../stage.mjs';

const { GATEWAY_URL } = process.env;

let stopped = false;
process.on('SIGTERM', () => (stopped = true));

async function pauper() {
  const input = { email: `${randomUUID()}@example.com`, password: 'correct horse battery', name: 'Paul Poor' };
  const { session } = await mutate(undefined, 'register', input, 'session { accessToken }');
  return { token: session.accessToken };
}

async function round() {
  const ada = await customer();
  const [few, doomed] = [await departure({ capacity: 3 }), await departure()];

  const cancelled = await book(ada, few, 2);
  await becomes(ada, cancelled, 'CONFIRMED');
  // Charged, refused for want of seats, refunded.
  await becomes(ada, await book(ada, few, 2), 'REJECTED');
  const poor = await pauper();
  await becomes(poor, await book(poor, few), 'REJECTED');
  await mutate(ada.token, 'cancelOrder', { orderId: cancelled, idempotencyKey: randomUUID() }, 'order { id }');
  await becomes(ada, cancelled, 'CANCELLED');

  const undone = await book(ada, doomed);
  await becomes(ada, undone, 'CONFIRMED');
  const input = { departureId: doomed, reason: 'a storm', idempotencyKey: randomUUID() };
  await mutate(await operator(), 'cancelDeparture', input, 'cancellation { id }');
  await becomes(ada, undone, 'CANCELLED');

  await ask(ada.token, '{ me { name account { balance { amount } } } excursions(first: 5) { nodes { title } } }');
  const deposit = 'mutation ($input: DepositInput!) { deposit(input: $input) { replayed } }';
  const amount = { amount: '1.00', currency: 'EUR' };
  await assert.rejects(ask(undefined, deposit, { input: { amount, idempotencyKey: randomUUID() } }), /UNAUTHENTICATED/);
}

const listener = await customer();
const client = createClient({
  url: `${GATEWAY_URL.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${listener.token}` },
});
const ignored = { next() {}, error() {}, complete() {} };
const stopListening = client.subscribe({ query: 'subscription { notificationReceived { cursor } }' }, ignored);
try {
  while (!stopped) {
    // Who listens now and then is seen to begin.
    const query = `subscription { orderUpdated { cursor } }`;
    const stop = client.subscribe({ query }, ignored);
    await round();
    stop();
  }
} finally {
  stopListening();
  await client.dispose();
}
