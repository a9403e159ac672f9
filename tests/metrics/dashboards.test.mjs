// Every panel of every dashboard, as Grafana would ask for it: it is told what it shows, and it shows something.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { until } from '../stage.mjs';
import { numbers, ofAnyHour } from './prometheus.mjs';

const FOLDER = new URL('../../deploy/grafana/dashboards/', import.meta.url);
const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };

const dashboards = readdirSync(FOLDER).map((file) => ({ file, ...JSON.parse(readFileSync(new URL(file, FOLDER))) }));
const panelsOf = ({ panels }) => panels.filter(({ type }) => type !== 'row');

/** The expression with the values that Grafana would put in for its variables. */
function filledIn(expression, { templating }) {
  const own = templating.list.map(({ name, allValue }) => [`$${name}`, allValue]);
  const all = [['$__rate_interval', '1m'], ['$__range', '5m'], ...own];
  const filled = all.reduce((text, [name, value]) => text.replaceAll(name, value), expression);
  assert.doesNotMatch(filled, /\$/, 'a variable that the dashboard does not have');
  return filled;
}

const BOOKINGS = 'sum(rate(saga_at_rest_total{definition="book-excursion"}[1m])) > 0';
const PATIENCE = 20_000;

before(() => until(async () => (await numbers(BOOKINGS)).length > 0, 'bookings', 60_000));

test('dashboards and their panels have names of their own', () => {
  const unique = (values) => assert.equal(new Set(values).size, values.length, `${values}`);
  unique(dashboards.map(({ uid }) => uid));
  unique(dashboards.map(({ title }) => title));
  for (const { panels } of dashboards) unique(panels.map(({ id }) => id));
});

for (const dashboard of dashboards) {
  describe(dashboard.title, () => {
    test('its panels stand beside each other', () => {
      const taken = new Map();
      for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
        assert.ok(x >= 0 && w > 0 && h > 0 && x + w <= 24, `${title} is within the grid`);
        for (let place = 0; place < w * h; place += 1) {
          const key = `${x + (place % w)} ${y + Math.floor(place / w)}`;
          assert.equal(taken.get(key), undefined, `${title} covers another panel`);
          taken.set(key, title);
        }
      }
    });

    for (const { title, description, datasource, fieldConfig, targets } of panelsOf(dashboard)) {
      test(title, async () => {
        assert.ok(description, 'a description');
        assert.ok(fieldConfig.defaults.unit, 'a unit');
        for (const source of [datasource, ...targets.map((target) => target.datasource)]) {
          assert.deepEqual(source, DATA_SOURCE);
        }
        for (const { expr } of targets) {
          const query = filledIn(expr, dashboard);
          await until(async () => (await numbers(query)).length > 0, `data of ${query}`, PATIENCE);
          // Whether an alert fires is not ours to say.
          if (query.includes('ALERTS')) continue;
          const usual = ofAnyHour(query);
          await until(async () => (await numbers(usual)).length > 0, `data of ${usual}`, PATIENCE);
        }
      });
    }
  });
}
