// Who answers on /graphql of the public origin: told by what the client accepts, and by its operation.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ask, departure, mutate, operator, until } from '../stage.mjs';

const run = promisify(execFile);
const { GATEWAY_URL } = process.env;
const url = `${GATEWAY_URL}/graphql`;

let departureId;
before(async () => {
  departureId = await departure();
});

/** The same request, as POST and as GET. */
function both(query, accept) {
  const get = new URL(url);
  get.searchParams.set('query', query);
  const signal = AbortSignal.timeout(30_000);
  const post = { method: 'POST', headers: { accept, 'content-type': 'application/json' }, body: JSON.stringify({ query }), signal };
  return [
    ['POST', () => fetch(url, post)],
    ['GET', () => fetch(get, { headers: { accept, 'apollo-require-preflight': 'yes' }, signal })],
  ];
}

const subscription = () => `subscription { departureUpdated(departureId: "${departureId}") { seatsAvailable } }`;

/** The first event of a stream; the departure is changed until one comes. */
async function firstEvent(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const reading = (async () => {
    while (!/^event: next\ndata: .*\n\n/m.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
  })();
  let heard = false;
  reading.finally(() => (heard = true));
  let capacity = 1000;
  await until(async () => {
    capacity += 1;
    const { departure } = await mutate(await operator(), 'updateDeparture', { departureId, capacity }, 'departure { capacity }');
    assert.equal(departure.capacity, capacity);
    return until(() => heard, 'the event', 2_000).catch(() => false);
  }, 'an event of the departure');
  await reader.cancel();
  return JSON.parse(text.match(/^event: next\ndata: (.*)$/m)[1]);
}

describe('the public origin', () => {
  for (const accept of [
    'text/event-stream',
    'text/event-stream, application/json',
    'application/json;q=0.5, text/event-stream',
    'application/graphql-response+json, application/json, text/event-stream',
    'application/json, TEXT/EVENT-STREAM; q=0.1',
    'text/event-stream, */*',
  ]) {
    test(`a subscription that accepts ${accept} gets its events`, async () => {
      for (const [method, send] of both(subscription(), accept)) {
        const response = await send();
        assert.equal(response.status, 200, method);
        assert.equal(response.headers.get('content-type'), 'text/event-stream', method);
        const { data } = await firstEvent(response);
        // As it was scheduled, where that is heard of no sooner, or as it was changed.
      assert.ok(data.departureUpdated.seatsAvailable >= 1000, method);
      }
    });
  }

  for (const accept of [
    'application/json',
    '*/*',
    'application/graphql-response+json, application/json, text/event-stream',
    'text/event-stream;q=0.9, application/json',
  ]) {
    test(`a query that accepts ${accept} gets its answer`, async () => {
      for (const [method, send] of both('{ excursions(first: 1) { nodes { id } } }', accept)) {
        const response = await send();
        assert.equal(response.status, 200, method);
        assert.match(response.headers.get('content-type'), /^application\/(graphql-response\+)?json/, method);
        assert.equal((await response.json()).data.excursions.nodes.length, 1, method);
      }
    });
  }

  test('a link changes nothing', async () => {
    const email = `${randomUUID()}@example.com`;
    const query = `mutation { register(input: { email: "${email}", password: "correct horse", name: "Ada" }) { errors { code } } }`;
    const get = new URL(url);
    get.searchParams.set('query', query);
    for (const path of [get, new URL(get.href.replace('/graphql?', '/subscriptions?'))]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const response = await fetch(path, { headers: { accept, 'apollo-require-preflight': 'yes' } });
        assert.equal(response.status, 405, `${path.pathname} ${accept}`);
        await response.body.cancel();
      }
    }
    const { register } = await ask(undefined, query);
    assert.deepEqual(register.errors, [], 'nobody had registered');
  });

  test('a document that would cost the router all it has does not reach it', async () => {
    const doubling = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ ...F0 } ${doubling.join(' ')} fragment F40 on Query { __typename }`;
    for (const [accept, status] of [
      ['application/json', 200],
      ['application/graphql-response+json', 400],
    ]) {
      for (const [method, send] of both(query, accept)) {
        const response = await send();
        assert.equal(response.status, status, method);
        const { data, errors } = await response.json();
        assert.equal(errors[0].extensions.code, 'MAX_FIELDS_EXCEEDED', method);
        assert.ok(!data, method);
      }
    }
  });

  test('a request that could be read in two ways is refused', async () => {
    const ask = (body, headers) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    assert.equal((await ask('{"query": "{ __typename }", "query": "{ me { id } }"}')).status, 400);
    const packed = await ask(gzipSync('{"query": "{ __typename }"}'), { 'content-encoding': 'gzip' });
    assert.equal(packed.status, 415);
    assert.equal(packed.headers.get('accept-encoding'), 'identity');
  });

  test('a form of another page is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const body = JSON.stringify({ query: '{ __typename }' });
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
      assert.ok([400, 415].includes(response.status), `${type}: ${response.status}`);
    }
  });

  test('a body of more than 256 KiB is refused', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'body-'));
    context.after(() => rm(folder, { recursive: true }));
    const body = join(folder, 'body.json');
    await writeFile(body, JSON.stringify({ query: `{ __typename } #${'x'.repeat(256 * 1024)}` }));
    for (const accept of ['application/json', 'application/json, text/event-stream']) {
      // Not by fetch: the answer comes, and the connection ends, before all is sent, which fetch takes for a fault.
      const options = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'content-type: application/json'];
      const { stdout } = await run('curl', [...options, '-H', `accept: ${accept}`, '--data-binary', `@${body}`, url]);
      assert.equal(stdout, '413', accept);
    }
  });
});
