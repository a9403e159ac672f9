// Introspection switched off, on a second router: like the one that runs, but for its ports and that switch.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

const { ROUTER_URL, STACK_PID_DIR } = process.env;
const INTROSPECTION = '{ __schema { queryType { name } } }';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}

/** What a process was started with. */
function startOf(pid) {
  const words = (file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);
  const settings = words('environ').map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  return { command: words('cmdline'), env: Object.fromEntries(settings), cwd: readlinkSync(`/proc/${pid}/cwd`) };
}

async function ask(url, query) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

async function untilItAnswers(router, url) {
  const end = Date.now() + 60_000;
  for (;;) {
    assert.equal(router.exitCode, null, 'the second router ended');
    assert.ok(Date.now() < end, 'the second router does not answer');
    const answer = await ask(url, '{ __typename }').catch(() => null);
    if (answer?.data) return;
    await pause(100);
  }
}

test('a router with introspection switched off tells nothing of the schema, and works', async (t) => {
  const { command, env, cwd } = startOf(readFileSync(`${STACK_PID_DIR}/router.pid`, 'utf8').trim());
  const port = await freePort();
  const ports = { ROUTER_PORT: port, ROUTER_HEALTH_PORT: await freePort(), ROUTER_METRICS_PORT: await freePort() };
  const router = spawn(command[0], command.slice(1), {
    cwd,
    env: { ...env, ...ports, ROUTER_INTROSPECTION: 'false' },
    stdio: 'ignore',
  });
  t.after(async () => {
    router.kill('SIGKILL');
    if (router.exitCode === null && router.signalCode === null) await once(router, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await untilItAnswers(router, url);

  const told = await ask(ROUTER_URL, INTROSPECTION);
  assert.equal(told.data.__schema.queryType.name, 'Query');
  const refused = await ask(url, INTROSPECTION);
  assert.ok(refused.errors?.length > 0, JSON.stringify(refused));
  assert.ok(!refused.data?.__schema, JSON.stringify(refused));
  const served = await ask(url, '{ excursions(first: 1) { pageInfo { hasNextPage } } }');
  assert.equal(typeof served.data?.excursions?.pageInfo?.hasNextPage, 'boolean', JSON.stringify(served));
});
