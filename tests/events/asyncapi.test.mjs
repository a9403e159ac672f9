// docs/asyncapi.yaml against what the services really publish: every record that is on the topics.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Parser } from '@asyncapi/parser';
import { becomes, book, customer, departure, mutate, operator, until } from '../stage.mjs';
import { deadLetterTopics, faults, text, topics, typesOn } from './asyncapi.mjs';
import { Topics } from './topics.mjs';

let reader;
before(async () => {
  reader = await Topics.read([...topics, ...deadLetterTopics]);
});
after(() => reader.close());

test('the document is valid', async () => {
  const { document, diagnostics } = await new Parser().parse(text);
  assert.deepEqual(diagnostics.map(({ message, path }) => `${path.join('.')}: ${message}`), []);
  assert.equal(document.version(), '3.1.0');
});

test('every type of event is published, and no other; each record is as the document says', async () => {
  const published = await publishOfEachType();
  assert.deepEqual(Object.keys(published).sort(), topics.flatMap(typesOn).sort(), 'the types that the document has');
  const seen = (type, key) => reader.records.some((record) => record.headers.ce_type === type && record.key === key);
  for (const [type, key] of Object.entries(published)) {
    await until(() => seen(type, key), `${type} about ${key}`, 60_000);
  }
  const ends = await reader.ends();
  await until(() => reader.hasReached(ends), 'the ends of the topics', 60_000);

  const place = (topic, partition, offset) => `${topic} ${partition}@${offset}`;
  const dead = reader.records.filter(({ topic }) => deadLetterTopics.includes(topic));
  assert.deepEqual(dead.flatMap(({ headers }) => faults('DeadLetter', 'headers', headers)), []);
  // Somebody who is no service of ours may have published: nobody could process that.
  const strange = new Set(dead.map(({ headers }) => place(headers.dlq_topic, headers.dlq_partition, headers.dlq_offset)));
  const records = reader.records.filter(
    ({ topic, partition, offset }) => topics.includes(topic) && !strange.has(place(topic, partition, offset)),
  );
  for (const record of records) {
    assert.deepEqual(faultsOf(record), [], `${record.headers.ce_type} ${place(record.topic, record.partition, record.offset)}`);
  }
  console.log(`${records.length} records`);
});

function faultsOf({ topic, key, headers, value }) {
  const type = headers.ce_type;
  if (!typesOn(topic).includes(type)) return [`${type} is not documented on ${topic}`];
  const payload = JSON.parse(value);
  return [
    ...faults(type, 'headers', headers),
    ...faults(type, 'payload', payload),
    ...(headers.ce_subject === key && headers.ce_partitionkey === key ? [] : [`the key is ${key}, not the subject`]),
    ...(Object.values(payload).includes(key) ? [] : [`the key ${key} is not in the payload`]),
  ];
}

/** Has an event of each type published, and returns what each is about. */
async function publishOfEachType() {
  const [ada, boris, departureId, small] = [await customer(), await customer(), await departure(), await departure({ capacity: 1 })];
  await mutate(await operator(), 'changeRole', { userId: boris.id, role: 'OPERATOR' }, 'user { role }');

  const regretted = await book(ada, departureId);
  await becomes(ada, regretted, 'CONFIRMED');
  await mutate(ada.token, 'cancelOrder', { orderId: regretted, idempotencyKey: randomUUID() }, 'replayed');
  await becomes(ada, regretted, 'CANCELLED');

  const rejected = await book(ada, small, 2);
  await becomes(ada, rejected, 'REJECTED');

  const undone = await book(ada, departureId);
  await becomes(ada, undone, 'CONFIRMED');
  const cancel = { departureId, reason: 'a storm', idempotencyKey: randomUUID() };
  const { cancellation } = await mutate(await operator(), 'cancelDeparture', cancel, 'cancellation { id }');
  await becomes(ada, undone, 'CANCELLED');

  return {
    UserRegistered: ada.id,
    UserRoleChanged: boris.id,
    DepartureScheduled: departureId,
    DepartureUpdated: departureId,
    OrderPlaced: regretted,
    OrderConfirmed: regretted,
    OrderRejected: rejected,
    OrderCancelling: undone,
    OrderCancelled: undone,
    CancellationProgressed: cancellation.id,
    NotificationSent: ada.id,
  };
}
