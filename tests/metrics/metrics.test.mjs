// The metrics themselves: all processes are scraped, what they show is well-formed, and all that is documented is there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../stage.mjs';
import { names, targets } from './prometheus.mjs';

const { PROMTOOL, ROUTER } = process.env;
const SERVICES = ['users', 'billing', 'excursions', 'orders', 'notifications'];
const PROCESSES = [...SERVICES, 'gateway', ...(ROUTER === 'apollo' ? ['router'] : [])];
const DOCUMENTATION = readFileSync(new URL('../../docs/operations/metrics.md', import.meta.url), 'utf8');

test('all processes are scraped', async () => {
  const up = async () => (await targets()).filter(({ health }) => health === 'up').map(({ labels }) => labels.job);
  await until(async () => `${(await up()).sort()}` === `${[...PROCESSES].sort()}`, `the targets ${PROCESSES}`);
});

test('all that is documented is there', async () => {
  const documented = [...DOCUMENTATION.matchAll(/^\| `(\w+)` \| (\w+)/gm)];
  assert.ok(documented.length > 40);
  const series = documented.map(([, name, type]) => (type === 'histogram' ? `${name}_bucket` : name));
  const missing = async () => {
    const shown = new Set(await names(`{job=~"${SERVICES.join('|')}|gateway"}`));
    return series.filter((name) => !shown.has(name));
  };
  let left;
  const complete = async () => (left = await missing()).length === 0;
  await until(complete, 'all metrics').catch((error) => assert.fail(`${error.message}: ${left} are not there`));
});

for (const process of [...SERVICES, 'gateway']) {
  test(`the metrics of ${process} are named and described as is the custom`, async () => {
    const target = (await targets()).find(({ labels }) => labels.job === process);
    const shown = await (await fetch(target.scrapeUrl)).text();
    const { status, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: shown, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
}
