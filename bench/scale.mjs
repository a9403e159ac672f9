// What so many bookings a day take, and when which step is due: a model of a page, from what docs/performance.md measured
// and what is assumed below.
//
//   node bench/scale.mjs           prints the tables of docs/operations/scale.md
//   node bench/scale.mjs --write   writes them there

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PAGE = file('docs/operations/scale.md');

/** The tables of a page: rows of cells, the head first. */
export function tablesOf(page) {
  const tables = [];
  let inTable = false;
  for (const line of page.split('\n')) {
    const isRow = line.startsWith('|');
    if (isRow && !inTable) tables.push([]);
    if (isRow && !/^\|[-| :]+\|$/.test(line)) tables.at(-1).push(line.split('|').slice(1, -1).map((cell) => cell.trim()));
    inTable = isRow;
  }
  return tables;
}

const number = (cell) => Number(cell.replaceAll(',', '').match(/[\d.]+/)[0]);

/** What a page with the measurements says of a booking. */
export function measured(page) {
  const find = (heading) => {
    const found = tablesOf(page).find(([head]) => head.includes(heading));
    if (!found) throw new Error(`docs/performance.md has no table with "${heading}"`);
    return found;
  };
  const bookings = find('CPU a booking');
  const cell = (row, column) => {
    const found = bookings.find(([name]) => name === row);
    if (!found) throw new Error(`docs/performance.md does not tell of "${row}"`);
    return number(found[bookings[0].indexOf(column)]);
  };
  const [, ...tables] = find('rows a booking');
  return {
    /** In batches, which load makes by itself. */
    cpu: cell('sagas, many departures', 'CPU a booking') / 1e6,
    wal: cell('sagas, many departures', 'WAL a booking') * 1e3,
    commits: cell('sagas, many departures', 'commits a booking'),
    rate: cell('sagas, many departures', 'a second'),
    /** Each alone. */
    alone: {
      cpu: cell('sagas, one client', 'CPU a booking') / 1e6,
      wal: cell('sagas, one client', 'WAL a booking') * 1e3,
      commits: cell('sagas, one client', 'commits a booking'),
      rate: cell('sagas, one client', 'a second'),
    },
    hotDeparture: cell('sagas, one departure', 'a second'),
    tables: tables.map(([table, bytes, rows, kept]) => ({
      table,
      bytes: number(bytes) * number(rows),
      days: kept === 'for good' ? Infinity : number(kept),
    })),
  };
}

/** What nobody has measured: to be replaced by what your own system shows. */
export const ASSUMED = {
  peak: 10, // the busiest second against the mean one
  reads: 50, // pages looked at for one booking
  readCpuOfDatabase: 0.5e-3, // seconds: the middle of docs/performance.md's searches
  readCpuOfServices: 1.5e-3, // GraphQL, router, JSON
  bookingCpuOfServices: 4e-3, // the same, tokens, HTTP and Kafka around a booking's commands
  eventsPublished: 4, // OrderPlaced, DepartureUpdated, OrderConfirmed, NotificationSent
  eventsConsumed: 3, // the first three
  eventBytes: 1e3,
  yearsOnline: 2, // how long orders stay where they are booked
};

/** What one server, and one process, is asked for at most. */
export const LIMITS = {
  databaseCores: 16, // half of 32: the other half is for a lost standby, vacuum, an audit, a bad day
  wal: 100e6, // bytes a second: what a standby and an archive follow
  data: 4e12, // bytes: restored from a base backup within half a working day
  table: 100e9, // bytes: vacuumed and re-indexed in a quiet hour
  connections: 300,
  poolSize: 10, // DATABASE_POOL_SIZE
  processCores: 1,
  partitions: 6, // of a topic
  eventsOfConsumer: 1_000, // a second, one process
};

const DAY = 86_400;

/** What a number of bookings a day takes. */
export function load(perDay, m, a = ASSUMED, l = LIMITS) {
  const peak = (perDay / DAY) * a.peak;
  const cost = peak > m.alone.rate ? m : m.alone;
  const sum = (chosen, weight) => m.tables.filter(chosen).reduce((total, table) => total + table.bytes * weight(table), 0);
  const forGood = ({ days }) => days === Infinity;
  const perOrder = sum(forGood, () => 1);
  const servicesCores = peak * (a.bookingCpuOfServices + a.reads * a.readCpuOfServices);
  return {
    mean: perDay / DAY,
    peak,
    reads: peak * a.reads,
    bookingCores: peak * cost.cpu,
    readCores: peak * a.reads * a.readCpuOfDatabase,
    servicesCores,
    processes: Math.max(2 * 5, Math.ceil(servicesCores / l.processCores)), // never fewer than two a service
    commits: peak * cost.commits,
    wal: peak * cost.wal,
    walPerDay: perDay * cost.wal,
    data: perDay * perOrder * 365,
    online: perDay * perOrder * 365 * a.yearsOnline,
    passing: perDay * sum((table) => !forGood(table), ({ days }) => days),
    largestPassing: Math.max(...m.tables.filter((table) => !forGood(table)).map(({ bytes, days }) => perDay * bytes * days)),
    published: peak * a.eventsPublished,
    consumed: peak * a.eventsConsumed,
    kafka: perDay * a.eventsPublished * a.eventBytes * 7 * 3,
  };
}

/** The least number of bookings a day at which something reaches a limit; found by halving, for costs have a step. */
function due(reaches) {
  let [low, high] = [0, 1e12];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** When each step is due, the first one first: what, at how many bookings a day, because of what. */
export function steps(m, a = ASSUMED, l = LIMITS) {
  const at = (perDay) => load(perDay, m, a, l);
  const rows = [
    ['more than two processes of a service', (n) => at(n).servicesCores > 2 * 5 * l.processCores, 'processor time of services'],
    ['read replicas for searches and pages', (n) => at(n).readCores + at(n).bookingCores > l.databaseCores / 2, 'half of the database server is reading'],
    ['a pool of connections before the databases', (n) => at(n).processes * l.poolSize > l.connections, `${l.connections} connections, ${l.poolSize} a process`],
    ['passing tables in partitions by day', (n) => at(n).largestPassing > l.table, 'the largest of them is above 100 GB'],
    ['orders and ledger by customer on several servers', (n) => at(n).online > l.data, `${a.yearsOnline} years of orders are above 4 TB`],
    ['more partitions of topics', (n) => at(n).consumed > l.partitions * l.eventsOfConsumer, `${l.partitions} consumers are busy`],
    ['an orders process for each part of the load', (n) => at(n).peak > m.rate, 'the most that one engine did, on two cores with its database'],
    ['several servers for the log alone', (n) => at(n).wal > l.wal, 'the log is above 100 MB/s'],
  ];
  const dated = rows.map(([what, reaches, why]) => ({ what, perDay: due(reaches), why }));
  return dated.sort((one, other) => one.perDay - other.perDay);
}

const UNITS = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']];

/** Two digits that count, with a unit: 12 GB. */
function short(value, unit = '') {
  const [size, prefix] = UNITS.find(([least]) => value >= least) ?? [1, ''];
  const scaled = Number((value / size).toPrecision(2));
  return `${scaled}${prefix || unit ? ' ' : ''}${prefix}${unit}`.trim();
}

const plain = (value) => Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 3 });

const tableOf = (rows) => {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, `|${'---|'.repeat(rows[0].length)}`, ...body].join('\n');
};

/** The tables of the page. */
export function report(m) {
  const volumes = [1e3, 1e5, 1e7];
  const loads = volumes.map((perDay) => load(perDay, m));
  const row = (what, shown) => [what, ...loads.map(shown)];
  const sizes = tableOf([
    ['bookings a day', ...volumes.map((perDay) => perDay.toLocaleString('en-US'))],
    row('bookings a second, on average and in the busiest', ({ mean, peak }) => `${plain(mean)}, ${plain(peak)}`),
    row('pages read a second in the busiest', ({ reads }) => plain(reads)),
    row('cores of the database for bookings', ({ bookingCores }) => plain(bookingCores)),
    row('cores of the database for reading', ({ readCores }) => plain(readCores)),
    row('cores of the services', ({ servicesCores }) => plain(servicesCores)),
    row('processes of the services', ({ processes }) => plain(processes)),
    row('commits a second', ({ commits }) => plain(commits)),
    row('log a second, a day', ({ wal, walPerDay }) => `${short(wal, 'B')}, ${short(walPerDay, 'B')}`),
    row('what stays, a year', ({ data }) => short(data, 'B')),
    row('what passes: sagas, inbox, feed', ({ passing }) => short(passing, 'B')),
    row('events published a second', ({ published }) => plain(published)),
    row('Kafka: 7 days in three copies', ({ kafka }) => short(kafka, 'B')),
  ]);
  const due = tableOf([
    ['step', 'due from, bookings a day', 'because'],
    ...steps(m).map(({ what, perDay, why }) => [what, plain(perDay), why]),
  ]);
  return `${sizes}\n\n${due}`;
}

const MARKED = /(<!-- model -->\n)[^]*?(<!-- \/model -->)/;

/** A page with the tables in their place. */
export function written(page, m) {
  if (!MARKED.test(page)) throw new Error('docs/operations/scale.md has no place for the tables');
  return page.replace(MARKED, (_, begin, end) => `${begin}${report(m)}\n${end}`);
}

/** What docs/performance.md measured. */
export const current = () => measured(readFileSync(file('docs/performance.md'), 'utf8'));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--write') writeFileSync(PAGE, written(readFileSync(PAGE, 'utf8'), current()));
  else console.log(report(current()));
}
