// The model of sizes: its numbers are those on the page, they come from what was measured, and they grow as they should.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { current, load, measured, steps, written } from '../../bench/scale.mjs';

const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('the page has the numbers of the model', () => {
  const page = read('docs/operations/scale.md');
  assert.equal(page, written(page, current()), 'node bench/scale.mjs --write writes them');
});

test('the model begins with what was measured', () => {
  const page = read('docs/performance.md');
  const [line] = page.match(/^\| sagas, many departures .*$/m);
  const other = measured(page.replace(line, line.replace(/[\d.]+ kB/, '77.7 kB')));
  assert.equal(other.wal, 77_700);
  assert.notEqual(current().wal, 77_700);
  assert.throws(() => measured(page.replaceAll('sagas, many departures', 'something else')), /does not tell/);
});

test('what is in no batch costs what it costs alone', () => {
  const m = current();
  for (const [perDay, commits] of [
    [1_000, m.alone.commits],
    [10_000_000, m.commits],
  ]) {
    const { commits: all, peak } = load(perDay, m);
    assert.ok(Math.abs(all / peak - commits) < 1e-9, `${perDay}: ${all / peak}`);
  }
});

test('ten times the bookings take ten times the room', () => {
  const [one, ten] = [1e6, 1e7].map((perDay) => load(perDay, current()));
  for (const what of ['peak', 'data', 'passing', 'kafka', 'published']) {
    assert.ok(Math.abs(ten[what] / one[what] - 10) < 1e-9, what);
  }
});

test('a step is due at the first number of bookings that reaches its limit', () => {
  const m = current();
  for (const { what, perDay } of steps(m)) assert.ok(perDay > 1 && perDay < 1e12, `${what}: ${perDay}`);
  const replicas = steps(m).find(({ what }) => what.startsWith('read replicas')).perDay;
  const cores = (perDay) => load(perDay, m).readCores + load(perDay, m).bookingCores;
  assert.ok(cores(replicas) > 8 && cores(replicas - 1) <= 8);
});
