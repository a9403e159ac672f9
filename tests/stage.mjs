// What the suites of real clients need of a running stack: somebody who asks, customers with money, departures on sale.
// Whoever appears is new: suites do not meet each other's customers.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const { GATEWAY_URL, OPERATOR_EMAIL, OPERATOR_PASSWORD } = process.env;

/** What a query or mutation answers; top-level errors are thrown. */
export async function ask(token, query, variables = {}, headers = {}) {
  const response = await fetch(`${GATEWAY_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`it answered ${JSON.stringify(errors)}`);
  return data;
}

/** The payload of a mutation, which must not be refused. */
export async function mutate(token, field, input, fields, headers = {}) {
  const type = `${field[0].toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${fields} errors { code message path } } }`;
  const payload = (await ask(token, query, { input }, headers))[field];
  assert.deepEqual(payload.errors, [], field);
  return payload;
}

let loggedIn;

/** The token of the first operator. */
export function operator() {
  const input = { email: OPERATOR_EMAIL, password: OPERATOR_PASSWORD };
  loggedIn ??= mutate(undefined, 'logIn', input, 'session { accessToken }');
  return loggedIn.then(({ session }) => session.accessToken);
}

/** A new customer with 1,000.00 EUR. */
export async function customer() {
  const input = { email: `${randomUUID()}@example.com`, password: 'correct horse battery', name: 'Ada Lovelace' };
  const { session } = await mutate(undefined, 'register', input, 'session { accessToken user { id email } }');
  const amount = { amount: '1000.00', currency: 'EUR' };
  await mutate(session.accessToken, 'deposit', { amount, idempotencyKey: randomUUID() }, 'replayed');
  return { token: session.accessToken, ...session.user };
}

/** The id of a new departure in a month, at 1.00 EUR a seat. */
export async function departure({ capacity = 1000 } = {}) {
  const { excursion } = await mutate(
    await operator(),
    'createExcursion',
    { title: 'A walk', description: 'Along the river.', city: 'Porto', durationMinutes: 60, idempotencyKey: randomUUID() },
    'excursion { id }',
  );
  const { departure } = await mutate(
    await operator(),
    'scheduleDeparture',
    {
      excursionId: excursion.id,
      startsAt: new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString(),
      price: { amount: '1.00', currency: 'EUR' },
      capacity,
      idempotencyKey: randomUUID(),
    },
    'departure { id }',
  );
  return departure.id;
}

/** The id of a new order of a customer; it may be pending still. */
export async function book({ token }, departureId, seats = 1) {
  const input = { departureId, seats, idempotencyKey: randomUUID() };
  const { order } = await mutate(token, 'bookExcursion', input, 'order { id }');
  return order.id;
}

/** Waits until an order has this status. */
export async function becomes({ token }, orderId, status) {
  const query = 'query ($id: ID!) { order(id: $id) { status } }';
  await until(async () => (await ask(token, query, { id: orderId })).order.status === status, `a ${status} order`);
}

/** What `look` finds, as soon as it does; it may be asked often. */
export async function until(look, what, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
