// GraphQL over HTTP to the letter: the audits of the npm package graphql-http, whose verdicts are ok, notice (MAY), warn
// (SHOULD) and error (MUST).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';

const { GATEWAY_URL, ROUTER_URL, ROUTER = 'apollo', ...settings } = process.env;
const services = ['USERS', 'BILLING', 'EXCURSIONS', 'ORDERS', 'NOTIFICATIONS'];

// What a router does otherwise is its own, and told in docs/api.md. No more than this may become of it.
const routers = {
  apollo: {
    '22EB': 'SHOULD accept application/graphql-response+json and match the content-type',
    '572B': 'SHOULD use 200 status code on document parsing failure when accepting application/json',
    FDE2: 'SHOULD use 200 status code on document validation failure when accepting application/json',
    '7B9B': 'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
  },
  hive: {},
};
// What does not parse, and the documents of these two do not, the gateway refuses itself.
const { '572B': _parsing, FDE2: _validation, ...behindTheGateway } = routers[ROUTER];

// Whoever accepts requests by GET has to guard against links and pictures that ask: our endpoint takes none.
const without = {
  '5A70': 'MAY accept application/x-www-form-urlencoded formatted GET requests',
  D6D5: 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
  '6A70': 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  8764: 'MAY use 4xx or 5xx status codes if parameters are invalid',
  '3E3A': 'MAY use 400 status code if parameters are invalid',
};

/** What a server does otherwise, by verdict and by the audits' ids. */
async function audited(url) {
  const found = { error: {}, warn: {}, notice: {} };
  for (const audit of serverAudits({ url })) {
    const { status, reason } = await audit.fn();
    if (status === 'ok') continue;
    found[status][audit.id] = audit.name;
    if (status === 'error') console.error(`${url}: ${audit.id} ${audit.name}: ${reason}`);
  }
  return found;
}

describe('GraphQL over HTTP', { concurrency: true }, () => {
  for (const service of services) {
    test(`${service.toLowerCase()} does all that it must and should, and all that it may but for GET`, async () => {
      const found = await audited(`${settings[`${service}_URL`]}/graphql`);
      assert.deepEqual(found, { error: {}, warn: {}, notice: without });
    });
  }
  for (const [what, url, known] of [
    ['the router', ROUTER_URL, routers[ROUTER]],
    ['the public origin', GATEWAY_URL, behindTheGateway],
  ]) {
    test(`${what} (${ROUTER}) does all that it must, and all that it should but for what is known`, async () => {
      const { error, warn } = await audited(`${url}/graphql`);
      assert.deepEqual({ error, warn }, { error: {}, warn: known });
    });
  }
});
