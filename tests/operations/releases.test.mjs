// Versions, the changelog, and migrations across releases.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { changed, checksums, contractions, migrationsIn, unfit } from './migrations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path) => readFileSync(`${root}/${path}`, 'utf8');

const headings = [...read('CHANGELOG.md').matchAll(/^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$/gm)];
const versions = headings.map(([, version]) => version).filter((version) => version !== 'Unreleased');
/** Those with a date are out. */
const releases = headings.filter(([, , date]) => date).map(([, version]) => version);
const released = checksums(read('migrations/released.sha256'));
const migrations = migrationsIn(root);

test('the changelog begins with the version that is built', () => {
  const built = read('Cargo.toml').match(/^\[workspace.package\]\nversion = "(.+)"$/m)[1];
  assert.equal(versions[0], built);
  const chart = 'deploy/helm/excursions/Chart.yaml';
  if (existsSync(`${root}/${chart}`)) assert.match(read(chart), new RegExp(`^appVersion: "?${built}"?$`, 'm'));
});

test('the changelog has the kinds of changes that it is to have', () => {
  const kinds = [...read('CHANGELOG.md').matchAll(/^### (.+)$/gm)].map(([, kind]) => kind);
  const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
  assert.deepEqual(kinds.filter((kind) => !known.includes(kind)), []);
});

test('migrations that were released stay as they are', () => {
  assert.ok(released.size >= 15, `${released.size} released migrations`);
  assert.deepEqual(changed(released, migrations), []);
});

test('what the last release had counts as released', () => {
  const git = (...words) => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const tags = existsSync(`${root}/.git`) ? git('tag', '--list', 'v[0-9]*', '--merged', 'HEAD', '--sort=-v:refname') : '';
  const [last] = tags.split('\n').filter(Boolean);
  // Every release that is told of as out has its tag, where tags were fetched at all.
  if (!last) return;
  assert.ok(releases.includes(last.slice(1)), `the changelog has a date for ${last}`);
  for (const [path, sum] of checksums(git('show', `${last}:migrations/released.sha256`))) {
    assert.equal(released.get(path), sum, path);
  }
});

test('migrations since then only expand', () => {
  assert.deepEqual(unfit(released, migrations, releases), []);
});

test('a released migration that changes or goes is found', () => {
  const sum = createHash('sha256').update('CREATE TABLE a ();').digest('hex');
  const list = checksums(`${sum}  migrations/orders/1_a/up.sql\n`);
  assert.deepEqual(changed(list, new Map([['migrations/orders/1_a/up.sql', 'CREATE TABLE a ();']])), []);
  assert.equal(changed(list, new Map([['migrations/orders/1_a/up.sql', 'CREATE TABLE a () ;']])).length, 1);
  assert.equal(changed(list, new Map()).length, 1);
});

test('a migration that would run before a released one is found', () => {
  const list = checksums('0  migrations/orders/2_b/up.sql\n');
  const found = (path) => unfit(list, new Map([[path, 'CREATE TABLE c ();']]), []).length;
  assert.equal(found('migrations/orders/1_a/up.sql'), 1);
  assert.equal(found('migrations/orders/3_c/up.sql'), 0);
  assert.equal(found('migrations/billing/1_a/up.sql'), 0);
});

const EXPANDING = [
  'CREATE TABLE a (id uuid NOT NULL PRIMARY KEY); CREATE UNIQUE INDEX b ON a (id); INSERT INTO a VALUES (1);',
  'CREATE TABLE a (id uuid); ALTER TABLE a ADD CONSTRAINT c CHECK (id IS NOT NULL);',
  'CREATE INDEX CONCURRENTLY orders_by_total ON orders (total_minor);',
  'ALTER TABLE orders ADD COLUMN note text, ADD COLUMN weight numeric(10, 2) NOT NULL DEFAULT 0;',
  'ALTER TABLE orders SET (fillfactor = 50);',
  "-- DROP TABLE orders;\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ DELETE FROM orders; SELECT ';' $$;",
  "CREATE VIEW late AS SELECT id FROM orders WHERE status <> 'DROP; TABLE';",
  '-- Contracts: nothing since 0.2.0 needs it\nALTER TABLE orders DROP COLUMN note;',
];
const CONTRACTING = [
  'DROP TABLE tickets;',
  'DROP INDEX orders_by_customer;',
  'CREATE OR REPLACE FUNCTION folded(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;',
  'CREATE UNIQUE INDEX one_code ON tickets (code);',
  'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();',
  'ALTER TABLE orders ADD COLUMN note text NOT NULL;',
  'ALTER TABLE orders ADD COLUMN note text DEFAULT now() UNIQUE;',
  'ALTER TABLE orders ADD COLUMN a text, DROP COLUMN status;',
  'ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_minor < 100);',
  'ALTER TABLE orders ADD CHECK (total_minor < 100);',
  'ALTER TABLE orders ALTER COLUMN seats TYPE bigint;',
  'ALTER TABLE orders RENAME COLUMN seats TO places;',
  "UPDATE orders SET status = 'CONFIRMED';",
  'CREATE TABLE a (id uuid); DELETE FROM orders;',
  '-- Contracts: nothing since 0.3.0 needs it\nALTER TABLE orders DROP COLUMN note;',
];
for (const sql of EXPANDING) {
  test(`expands: ${sql.replace('\n', ' ')}`, () => assert.deepEqual(contractions(sql, ['0.2.0']), []));
}
for (const sql of CONTRACTING) {
  test(`contracts: ${sql.replace('\n', ' ')}`, () => assert.equal(contractions(sql, ['0.2.0']).length, 1));
}
