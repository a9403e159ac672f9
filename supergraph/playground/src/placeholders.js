// {{name}} in the variables and headers of an operation stands for a value that is put in when the operation is sent:
// one that an earlier operation answered, or one that is made anew each time.

import { storage } from './storage.js';

/** Where answers have the values that are kept. Access tokens live for minutes: they may stay in the browser's storage. */
const answers = {
  accessToken: ['register.session.accessToken', 'logIn.session.accessToken', 'refreshSession.session.accessToken'],
  excursionId: ['createExcursion.excursion.id'],
  departureId: ['scheduleDeparture.departure.id', 'excursions.nodes.0.departures.nodes.0.id'],
  orderId: ['bookExcursion.order.id'],
};

const made = {
  uuid: () => crypto.randomUUID(),
  nextWeek: () => new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString(),
};

/** Keeps what later operations may refer to. */
export function keepFrom(data) {
  for (const [name, paths] of Object.entries(answers)) {
    const value = paths.map((path) => at(data, path)).find((found) => found !== undefined);
    if (value !== undefined) storage.setItem(name, value);
  }
}

/** The variables with every placeholder filled in; it is an error when a value is not known yet. */
export function fillVariables(variables) {
  return JSON.parse(JSON.stringify(variables ?? {}), (_key, value) => {
    const { text, missing } = fill(value);
    if (missing.length > 0) {
      throw new Error(`nothing is known yet for ${missing.join(', ')}: run the operation that answers it, or write a value`);
    }
    return text;
  });
}

/** The headers with every placeholder filled in, and without those whose value is not known yet. */
export function fillHeaders(headers) {
  const filled = Object.entries(headers ?? {}).map(([name, value]) => [name, fill(value)]);
  return Object.fromEntries(filled.filter(([, { missing }]) => missing.length === 0).map(([name, { text }]) => [name, text]));
}

function fill(value) {
  const missing = [];
  if (typeof value !== 'string') return { text: value, missing };
  const text = value.replace(/\{\{(\w+)\}\}/g, (placeholder, name) => {
    if (Object.hasOwn(made, name)) return made[name]();
    if (!Object.hasOwn(answers, name)) return placeholder;
    const known = storage.getItem(name);
    if (known === null) missing.push(placeholder);
    return known;
  });
  return { text, missing };
}

function at(data, path) {
  return path.split('.').reduce((part, key) => part?.[key], data) ?? undefined;
}
