// Every alert: Prometheus evaluates it, it is about metrics that exist, its cases are tested, and it has its runbook.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { until } from '../stage.mjs';
import { metricsOf, numbers, ofAnyHour, rules } from './prometheus.mjs';

const CLONE = new URL('../../', import.meta.url);
const RUNBOOKS = new URL('docs/operations/runbooks/', CLONE);

const read = (folder) =>
  readdirSync(new URL(folder, CLONE)).map((file) => parse(readFileSync(new URL(folder + file, CLONE), 'utf8')));
const alerts = read('deploy/prometheus/alerts/').flatMap(({ groups }) => groups.flatMap((group) => group.rules));
const cases = read('deploy/prometheus/tests/')
  .flatMap(({ tests }) => tests)
  .flatMap(({ alert_rule_test }) => alert_rule_test);

test('the index of the runbooks has each alert with its severity, and no other', () => {
  const index = readFileSync(new URL('README.md', RUNBOOKS), 'utf8');
  const listed = [...index.matchAll(/^\| \[(\w+)\]\(\1\.md\) \| (\w+) \|/gm)].map(([, name, severity]) => `${name} ${severity}`);
  assert.deepEqual(listed.sort(), alerts.map(({ alert, labels }) => `${alert} ${labels.severity}`).sort());
  const pages = readdirSync(RUNBOOKS).filter((page) => page !== 'README.md');
  assert.deepEqual(pages.sort(), alerts.map(({ alert }) => `${alert}.md`).sort());
});

test('Prometheus has all alerts', async () => {
  const known = await rules();
  assert.deepEqual(known.map(({ name }) => name).sort(), alerts.map(({ alert }) => alert).sort());
});

for (const { alert, expr, annotations } of alerts) {
  describe(alert, () => {
    test('is evaluated, over metrics that exist', async () => {
      for (const metric of metricsOf(expr)) {
        await until(async () => (await numbers(`count(${metric})`)).length > 0, `the metric ${metric}`);
      }
      const evaluated = async () => {
        const rule = (await rules()).find(({ name }) => name === alert);
        return rule.health !== 'unknown' && rule;
      };
      const { health, lastError } = await until(evaluated, 'its evaluation');
      assert.equal(health, 'ok', lastError);
    });

    test('has a number, which its threshold is for', async () => {
      const [, value] = expr.match(/^(.*?)\s*>\s*[\d.]+\s*$/s) ?? [undefined, expr];
      await until(async () => (await numbers(ofAnyHour(value))).length > 0, `a number of ${ofAnyHour(value)}`, 30_000);
    });

    test('is tested, that it fires and that it does not', () => {
      const own = cases.filter(({ alertname }) => alertname === alert);
      assert.ok(own.some(({ exp_alerts }) => exp_alerts?.length > 0), 'a case where it fires');
      assert.ok(own.some(({ exp_alerts }) => !exp_alerts?.length), 'a case where it does not');
    });

    test('has its runbook', () => {
      assert.equal(annotations.runbook_url, `docs/operations/runbooks/${alert}.md`);
      assert.ok(existsSync(new URL(annotations.runbook_url, CLONE)));
      const page = readFileSync(new URL(annotations.runbook_url, CLONE), 'utf8');
      for (const [, link] of page.matchAll(/\]\((\w+\.md)\)/g)) {
        assert.ok(existsSync(new URL(link, RUNBOOKS)), `the runbook leads to ${link}`);
      }
    });
  });
}
