// The tabs of a first visit: a customer's way from the catalogue to the booking, then an operator's work.

import book from './operations/book.graphql';
import cancelDeparture from './operations/cancel-departure.graphql';
import createExcursion from './operations/create-excursion.graphql';
import logIn from './operations/log-in.graphql';
import me from './operations/me.graphql';
import notifications from './operations/notifications.graphql';
import register from './operations/register.graphql';
import scheduleDeparture from './operations/schedule-departure.graphql';
import search from './operations/search.graphql';
import topUp from './operations/top-up.graphql';

const email = `anna.${Math.random().toString(36).slice(2, 7)}@example.com`;
const password = 'correct horse battery staple';

export const defaultHeaders = json({ Authorization: 'Bearer {{accessToken}}' });

export const examples = [
  // GraphiQL shows the variables of the first tab only from the second visit on: it has none.
  example(search),
  example(register, { input: { email, password, name: 'Anna' } }),
  example(logIn, { input: { email, password } }),
  example(topUp, { input: { amount: { amount: '100.00', currency: 'EUR' }, idempotencyKey: '{{uuid}}' } }),
  example(book, { input: { departureId: '{{departureId}}', seats: 2, idempotencyKey: '{{uuid}}' } }),
  example(notifications),
  example(me),
  example(createExcursion, {
    input: {
      title: 'White nights on the Neva',
      description: 'By boat under the bridges as they open.',
      city: 'Saint Petersburg',
      meetingPoint: 'Anichkov bridge, pier 3',
      durationMinutes: 90,
      idempotencyKey: '{{uuid}}',
    },
  }),
  example(scheduleDeparture, {
    input: {
      excursionId: '{{excursionId}}',
      startsAt: '{{nextWeek}}',
      price: { amount: '25.00', currency: 'EUR' },
      capacity: 12,
      idempotencyKey: '{{uuid}}',
    },
  }),
  example(cancelDeparture, {
    input: { departureId: '{{departureId}}', reason: 'A storm is coming.', idempotencyKey: '{{uuid}}' },
  }),
];

function example(query, variables) {
  return { query: query.trimEnd(), variables: variables && json(variables), headers: defaultHeaders };
}

function json(value) {
  return JSON.stringify(value, null, 2);
}
