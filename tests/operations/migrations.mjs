// Migrations as docs/operations/upgrade.md wants them: those of a release stay as they are, those after it only expand.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** The migrations of a folder with the repository in it, by their paths. */
export function migrationsIn(root) {
  const inside = (folder) => readdirSync(`${root}/${folder}`).map((name) => `${folder}/${name}`);
  const folders = [...inside('migrations'), 'saga/migrations'].filter((folder) => !folder.endsWith('.sha256'));
  const paths = folders.flatMap(inside).map((migration) => `${migration}/up.sql`).filter((path) => existsSync(`${root}/${path}`));
  return new Map(paths.sort().map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')]));
}

/** The checksums that `sha256sum` wrote, by path. */
export function checksums(text) {
  const lines = text.split('\n').filter((line) => line.trim());
  return new Map(lines.map((line) => line.split(/\s+/)).map(([sum, path]) => [path, sum]));
}

/** What is wrong with migrations that were released. */
export function changed(released, migrations) {
  return [...released].flatMap(([path, sum]) => {
    if (!migrations.has(path)) return [`${path} is gone, and was released`];
    const now = createHash('sha256').update(migrations.get(path)).digest('hex');
    return now === sum ? [] : [`${path} has changed, and was released`];
  });
}

/** What is wrong with migrations that were not; `releases` are the versions that a contraction may rely on. */
export function unfit(released, migrations, releases) {
  return [...migrations]
    .filter(([path]) => !released.has(path))
    .flatMap(([path, sql]) => {
      const folder = dirname(dirname(path));
      const version = dirname(path).slice(folder.length + 1);
      const newer = [...released.keys()].filter((other) => other.startsWith(`${folder}/`) && other > path);
      const early = newer.length ? [`${path} comes before ${newer.at(-1)}, which was released`] : [];
      return [...early, ...contractions(sql, releases).map((reason) => `${version}: ${reason}`)];
    });
}

/** The statements that a binary of the last release may not survive, each with the reason. */
export function contractions(sql, releases) {
  const relied = sql.match(/^-- Contracts: nothing since (\d+\.\d+\.\d+) needs it/m)?.[1];
  if (relied) return releases.includes(relied) ? [] : [`it relies on ${relied}, which was not released`];
  const made = new Set();
  return statements(sql).flatMap((statement) => {
    const reason = judged(statement, made);
    return reason ? [`${statement.slice(0, 80)}: ${reason}`] : [];
  });
}

function judged(statement, made) {
  const on = (pattern) => statement.match(pattern)?.[1];
  const table = on(/^CREATE TABLE (?:IF NOT EXISTS )?(\S+)/i);
  if (table) return void made.add(table);
  if (/^COMMENT ON /i.test(statement)) return undefined;
  if (/^CREATE INDEX /i.test(statement)) return undefined;
  if (/^CREATE (VIEW|FUNCTION|TYPE|SEQUENCE|EXTENSION) /i.test(statement)) return undefined;
  const touched = on(
    /^(?:CREATE UNIQUE INDEX .*? ON|CREATE (?:CONSTRAINT )?TRIGGER .*? ON|INSERT INTO|UPDATE|DELETE FROM|ALTER TABLE(?: ONLY)?) (\S+)/i,
  );
  if (made.has(touched)) return undefined;
  const actions = on(/^ALTER TABLE (?:ONLY )?\S+ (.*)$/i);
  if (actions) return parts(actions).map(judgedAction).find(Boolean);
  if (/^CREATE UNIQUE INDEX/i.test(statement)) return 'it may refuse what the last release writes';
  if (/^CREATE (CONSTRAINT )?TRIGGER/i.test(statement)) return 'it changes what the last release does';
  if (/^(INSERT|UPDATE|DELETE)/i.test(statement)) return 'rows of a table that is in use are changed by the service, in batches';
  return 'it does not only add';
}

function judgedAction(action) {
  if (/^SET \(/i.test(action)) return undefined;
  if (!/^ADD (COLUMN )?(?!CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)/i.test(action)) return 'it does not only add';
  if (/\b(UNIQUE|PRIMARY KEY)\b/i.test(action)) return 'the last release would write the same value twice';
  const filled = /\b(DEFAULT|GENERATED)\b/i.test(action);
  return /\bNOT NULL\b/i.test(action) && !filled ? 'the last release does not write the column' : undefined;
}

/** The statements of a script, without comments, each on one line. */
function statements(sql) {
  const token = /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|(\$\w*\$)[^]*?\1|;|[^]/g;
  const found = [''];
  for (const [text] of sql.matchAll(token)) {
    if (text === ';') found.push('');
    else if (!/^(--|\/\*)/.test(text)) found[found.length - 1] += text;
  }
  return found.map((statement) => statement.replace(/\s+/g, ' ').trim()).filter(Boolean);
}

/** What commas divide that are in no brackets. */
function parts(text) {
  let depth = 0;
  const found = [''];
  for (const [piece] of text.matchAll(/'(?:[^']|'')*'|[^]/g)) {
    depth += { '(': 1, ')': -1 }[piece] ?? 0;
    if (piece === ',' && depth === 0) found.push('');
    else found[found.length - 1] += piece;
  }
  return found.map((part) => part.trim());
}
