// A booking is one trace, from the router to the subscriber that hears of it: read back from a real Jaeger. The stack samples
// nothing by itself; what is sampled is what these clients begin as such.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ask, becomes, book, customer, departure, mutate, until } from '../stage.mjs';
import { begin, read, readWhen } from './jaeger.mjs';
import { restart, whileDown, whilePaused } from './processes.mjs';

const { host } = new URL(process.env.GATEWAY_URL);

const ENTRY = ['orders: POST /graphql', 'orders: mutation bookExcursion'];
const call = (service, command) => ['orders: POST /graphql', `${service}: POST /graphql`, `${service}: mutation ${command}`];
const step = (name, service, command = name) => [...ENTRY, `orders: book-excursion ${name}`, ...call(service, command)];

let ada;
let departureId;
before(async () => {
  ada = await customer();
  departureId = await departure();
  // Nothing of what went before is on its way any more.
  await becomes(ada, await book(ada, departureId), 'CONFIRMED');
});

/** Asks for seats in a trace; the order, as it stands when it is answered. */
async function bookIn(trace, { token }, departureId, seats = 1) {
  const input = { departureId, seats, idempotencyKey: randomUUID() };
  const { order } = await mutate(token, 'bookExcursion', input, 'order { id status }', trace.headers);
  return order;
}

/** A subscriber to a customer's mails. */
function subscribe({ token }) {
  const client = createClient({
    url: `ws://${host}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  const mails = [];
  const query = 'subscription { notificationReceived { notification { kind order { id } } } }';
  const heard = ({ data }) => mails.push(data.notificationReceived.notification);
  client.subscribe({ query }, { next: heard, error: (error) => assert.fail(String(error)), complete: () => {} });
  return { client, mails };
}

/** The one span at the end of a way. */
function at(trace, way) {
  const found = trace.spans.filter((span) => trace.way(span).join(' > ') === way.join(' > '));
  assert.equal(found.length, 1, `${way.join(' > ')}: ${found.length} spans; there are ${JSON.stringify(trace.spans.map((span) => trace.way(span).join(' > ')), null, 1)}`);
  return found[0];
}

function isWhole(trace, client) {
  assert.deepEqual(trace.orphans(client).map((span) => trace.way(span)), [], 'spans without a parent');
  const roots = trace.spans.filter(({ parent }) => parent === client);
  assert.deepEqual(roots.map(({ service }) => service), ['router'], 'one beginning');
}

/** The statements of the same service below a span. */
const statements = (trace, above) =>
  trace.below(above).filter(({ service, attributes }) => service === above.service && attributes['db.system.name'] === 'postgresql');

function isConfirmed(trace, begun, order) {
  isWhole(trace, begun.span);
  assert.deepEqual(trace.spans.filter(({ failed }) => failed), [], 'nothing failed');

  const request = at(trace, ENTRY.slice(0, 1));
  assert.equal(request.kind, 'server');
  assert.equal(request.attributes['http.request.method'], 'POST');
  assert.equal(request.attributes['http.route'], '/graphql');
  assert.equal(request.attributes['http.response.status_code'], 200);
  assert.equal(at(trace, ENTRY).attributes['graphql.operation.type'], 'mutation');

  for (const [name, service] of [['quote', 'excursions'], ['charge', 'billing'], ['reserve', 'excursions']]) {
    const attempt = at(trace, step(name, service).slice(0, 3));
    const { attributes } = attempt;
    assert.equal(attributes['saga.id'], order.id);
    assert.equal(attributes['saga.step'], name);
    assert.equal(attributes['saga.attempt'], 1);
    assert.equal(attributes['saga.outcome'], 'done');
    const [called] = trace.under(attempt);
    assert.equal(called.kind, 'client');
    assert.equal(called.attributes['http.response.status_code'], 200);
    const command = at(trace, step(name, service));
    const told = statements(trace, command);
    assert.ok(told.length > 0, `statements of ${name}`);
    for (const statement of told) {
      assert.equal(statement.kind, 'client');
      assert.equal(statement.attributes['db.namespace'], service);
    }
  }
  const charged = statements(trace, at(trace, step('charge', 'billing'))).map(({ name }) => name);
  assert.ok(charged.includes('COMMIT'), String(charged));

  const confirm = at(trace, [...ENTRY, 'orders: book-excursion confirm']);
  assert.ok(statements(trace, confirm).some(({ name }) => name === 'INSERT outbox'), 'the event is written with the confirmation');
  const sent = at(trace, [...ENTRY, 'orders: book-excursion confirm', 'orders: send orders.events']);
  assert.equal(sent.kind, 'producer');
  assert.equal(sent.attributes['messaging.system'], 'kafka');
  assert.equal(sent.attributes['messaging.destination.name'], 'orders.events');
  assert.equal(sent.attributes['messaging.kafka.message.key'], order.id);
  const [processed] = trace.under(sent).filter(({ service }) => service === 'notifications');
  assert.equal(processed.name, 'process orders.events');
  assert.equal(processed.kind, 'consumer');
  assert.ok(processed.links.includes(confirm.id), 'a link to where the event was made');
  assert.equal(processed.attributes['messaging.kafka.offset'], sent.attributes['messaging.kafka.offset']);
  const after = trace.under(processed).map(({ name }) => name);
  for (const name of ['push notification', 'send notifications.events']) {
    assert.ok(after.includes(name), `${name} in ${after}`);
  }
}

function isRefunded(trace, begun) {
  isWhole(trace, begun.span);
  assert.deepEqual(trace.spans.filter(({ failed }) => failed).map(({ name }) => name), [], 'a refusal is no failure');

  const outcomes = trace.spans
    .filter(({ attributes }) => attributes['saga.outcome'])
    .map(({ name, attributes }) => [name, attributes['saga.outcome']]);
  assert.deepEqual(outcomes, [
    ['book-excursion quote', 'done'],
    ['book-excursion charge', 'done'],
    ['book-excursion reserve', 'rejected'],
    ['book-excursion undo reserve', 'done'],
    ['book-excursion undo charge', 'done'],
    ['book-excursion compensated', 'done'],
  ]);
  const [refused] = trace.all('orders', 'book-excursion reserve');
  assert.equal(refused.attributes['saga.rejection'], 'SOLD_OUT');
  const [compensated] = trace.all('orders', 'book-excursion undo charge');
  assert.equal(compensated.attributes['saga.direction'], 'BACKWARD');
  const refund = at(trace, step('undo charge', 'billing', 'refund'));
  assert.ok(statements(trace, refund).some(({ name }) => name === 'COMMIT'), 'the refund is committed');
  const told = trace.all('notifications', 'process orders.events').flatMap((processed) => trace.under(processed));
  assert.ok(told.some(({ name }) => name === 'send notifications.events'), 'the customer is told');
}

test('a booking is one trace, from the router to the push', async (context) => {
  const { client, mails } = subscribe(ada);
  context.after(() => client.dispose());
  // Nobody tells a subscriber that its subscription has begun.
  await until(async () => {
    await book(ada, departureId);
    return until(() => mails.length > 0, 'a mail', 2_000).catch(() => false);
  }, 'the first mail');

  const begun = begin();
  const order = await bookIn(begun, ada, departureId);
  assert.equal(order.status, 'CONFIRMED');
  await until(() => mails.some((mail) => mail.order.id === order.id), 'the mail');
  await readWhen(begun.id, (trace) => isConfirmed(trace, begun, order));
});

test('a booking that is refused once it was charged shows the refund', async () => {
  const small = await departure({ capacity: 1 });
  const begun = begin();
  const order = await bookIn(begun, ada, small, 2);
  assert.equal(order.status, 'REJECTED');
  await readWhen(begun.id, (trace) => isRefunded(trace, begun));
});

test('of a trace that is not sampled what fails is kept, and what is tried again', async () => {
  const begun = begin({ sampled: false });
  const answered = await whileDown('billing', async () => {
    const order = await bookIn(begun, ada, departureId);
    assert.equal(order.status, 'PENDING');
    await readWhen(begun.id, (trace) => assert.ok(trace.all('orders', 'book-excursion charge').length > 1, 'failed attempts'));
    return order;
  });
  await becomes(ada, answered.id, 'CONFIRMED');
  await readWhen(begun.id, (trace) => {
    const attempts = trace.all('orders', 'book-excursion charge');
    const last = attempts.at(-1);
    assert.equal(last.attributes['saga.outcome'], 'done');
    assert.deepEqual(attempts.map(({ attributes }) => attributes['saga.attempt']), attempts.map((_, index) => index + 1));
    assert.deepEqual(attempts.map(({ failed }) => failed), attempts.map((attempt) => attempt !== last));
    const commanded = trace.below(last).find(({ service, name }) => service === 'billing' && name === 'mutation charge');
    assert.ok(commanded, 'what billing did when it was back');
  });
  const untroubled = begin({ sampled: false });
  assert.equal((await bookIn(untroubled, ada, departureId)).status, 'CONFIRMED');
  assert.deepEqual((await read(untroubled.id)).spans, [], 'nothing failed, nothing is kept');
});

test('a booking goes on in its trace after its process was killed', async () => {
  const begun = begin();
  const mine = 'query { me { orders(first: 1) { nodes { id status } } } }';
  await whilePaused('billing', async () => {
    const broken = bookIn(begun, ada, departureId).catch(() => 'the connection broke');
    // What had not left the process is lost with it.
    await readWhen(begun.id, (trace) => assert.ok(trace.has('orders', 'book-excursion quote'), 'the quote'));
    await restart('orders');
    await broken;
  });
  const { me } = await ask(ada.token, mine);
  const [order] = me.orders.nodes;
  await becomes(ada, order.id, 'CONFIRMED');
  await readWhen(begun.id, (trace) => {
    const instance = (name) => new Set(trace.all('orders', name).map(({ instance }) => instance));
    const [before, after] = [instance('book-excursion quote'), instance('book-excursion confirm')];
    assert.equal(before.size, 1);
    assert.equal(after.size, 1);
    assert.notDeepEqual(before, after, 'two lives of the same service');
    assert.ok(trace.all('orders', 'book-excursion charge').every(({ attributes }) => attributes['saga.id'] === order.id));
    // What the killed process had begun it could not tell the end of: spans under it have nobody above them.
    const lost = new Set(trace.orphans(begun.span).map(({ parent }) => parent));
    assert.ok(lost.size <= 2, `the request and the operation are lost, and nothing else: ${[...lost]}`);
    const told = trace.all('notifications', 'process orders.events').flatMap((processed) => trace.under(processed));
    assert.ok(told.some(({ name }) => name === 'send notifications.events'), 'the customer is told');
  });
});
