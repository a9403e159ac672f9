// After the databases were restored to a moment in the middle of bookings.mjs: what was answered before it is there, what
// was asked after it is not, and clients go on as if nothing had been.
//
// BOOKINGS is what bookings.mjs wrote, BEFORE how many lines of it there were at the moment.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask, mutate } from '../stage.mjs';

const { BOOKINGS, BEFORE, USERS_URL, ORDERS_URL } = process.env;
const lines = readFileSync(BOOKINGS, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const [before, after] = [lines.slice(0, Number(BEFORE)), lines.slice(Number(BEFORE))];
const customers = new Map(lines.filter(({ token }) => token).map((line) => [line.customer, line]));
/** The first few were under way at the moment, or answered while the clock was read: they may be on either side of it. */
const askedAfter = after.filter(({ booked }) => booked).slice(3 * customers.size);

const statusOf = async (customer, id) => {
  const { order } = await ask(customers.get(customer).token, 'query ($id: ID!) { order(id: $id) { status } }', { id });
  return order?.status;
};

const bookAgain = async ({ customer, key }) => {
  const { token, departure } = customers.get(customer);
  const input = { departureId: departure, seats: 1, idempotencyKey: key };
  return mutate(token, 'bookExcursion', input, 'order { id status } replayed');
};

test('what was booked before the moment is there', async () => {
  const touched = new Set(lines.map(({ cancelling }) => cancelling));
  const kept = before.filter(({ booked }) => booked && !touched.has(booked));
  assert.ok(kept.length >= 10, `${kept.length} bookings`);
  for (const { customer, booked } of kept) assert.equal(await statusOf(customer, booked), 'CONFIRMED', booked);
});

test('what was cancelled before the moment is cancelled', async () => {
  const cancelled = before.filter(({ cancelled }) => cancelled);
  assert.ok(cancelled.length >= 3, `${cancelled.length} cancellations`);
  for (const { customer, cancelled: order } of cancelled) assert.equal(await statusOf(customer, order), 'CANCELLED', order);
});

test('what was asked after the moment has not been', async () => {
  assert.ok(askedAfter.length >= 10, `${askedAfter.length} bookings`);
  for (const { customer, booked } of askedAfter) assert.equal(await statusOf(customer, booked), undefined, booked);
});

test('a client that repeats a booking from before the moment gets its order', async () => {
  const kept = before.find(({ booked }) => booked);
  const { order, replayed } = await bookAgain(kept);
  assert.deepEqual([order.id, replayed], [kept.booked, true]);
});

test('a client that repeats a booking that is undone gets a new one, once', async () => {
  const undone = askedAfter[0];
  const { order, replayed } = await bookAgain(undone);
  assert.notEqual(order.id, undone.booked);
  assert.deepEqual([order.status, replayed], ['CONFIRMED', false]);
  const again = await bookAgain(undone);
  assert.deepEqual([again.order.id, again.replayed], [order.id, true]);
});

test('keys have changed meanwhile, and nobody is logged out', async () => {
  const header = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));
  const [{ token }] = customers.values();
  const input = { email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery', name: 'Grace' };
  const { session } = await mutate(undefined, 'register', input, 'session { accessToken }');
  assert.notEqual(header(session.accessToken).kid, header(token).kid);
  for (const url of [USERS_URL, ORDERS_URL]) {
    const { keys } = await (await fetch(`${url}/.well-known/jwks.json`)).json();
    assert.equal(keys.length, 2, url);
  }
  for (const each of [token, session.accessToken]) assert.ok((await ask(each, '{ me { id } }')).me.id);
});
