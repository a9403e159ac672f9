// Asks Prometheus.

import assert from 'node:assert/strict';

const { PROMETHEUS_URL } = process.env;

async function get(path, parameters = {}) {
  const response = await fetch(`${PROMETHEUS_URL}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { status, data, error } = await response.json();
  assert.equal(status, 'success', `${JSON.stringify(parameters)}: ${error}`);
  return data;
}

/** The numbers that an expression has now. */
export async function numbers(query) {
  const { result } = await get('query', { query });
  return result.map(({ value: [, value] }) => Number(value)).filter(Number.isFinite);
}

/** The names of all series that a selector finds. */
export const names = (selector) => get('label/__name__/values', { 'match[]': selector });

export const rules = async () => (await get('rules')).groups.flatMap((group) => group.rules);

export const targets = async () => (await get('targets', { state: 'active' })).activeTargets;

// What is seen in bad hours only, and what stands in its place in any hour.
const FAULTS = [
  ['status=~"5.."', 'status=~"2.."'],
  ['code="INTERNAL_SERVER_ERROR"', 'code="UNAUTHENTICATED"'],
  [/(\bup\{[^}]*\}) == 0/, '$1 == 1'],
];

/** An expression about faults as one about what always happens: with the same labels, and nothing in the place of no data. */
export function ofAnyHour(expression) {
  const bare = expression.replace(/ or (vector\(0\)|.* \* 0)$/, '');
  return FAULTS.reduce((text, [fault, usual]) => text.replace(fault, usual), bare);
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'on', 'without', 'ignoring', 'group_left', 'group_right']);

/** The metrics that an expression is about. */
export function metricsOf(expression) {
  const bare = expression
    .replace(/"(\\.|[^"\\])*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const found = bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*(?!\w|\s*\()/g);
  return [...new Set([...found].map(([name]) => name).filter((name) => !WORDS.has(name)))];
}
