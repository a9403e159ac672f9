// Books and cancels, a few customers side by side, until it is told to stop (SIGTERM). Writes what it did on the standard
// output as it is answered, a line of JSON each:
//
//   {"customer": ID, "token": …, "departure": ID}    who appears, in the beginning
//   {"customer": ID, "booked": ID, "key": …}         an order that is confirmed
//   {"customer": ID, "cancelling": ID}               what it is about to cancel
//   {"customer": ID, "cancelled": ID}                an order that is cancelled

import { randomUUID } from 'node:crypto';
import { customer, departure, mutate } from '../stage.mjs';

const CUSTOMERS = 4;
/** One order of so many is cancelled. */
const CANCELLED_OF = 3;

let stopping = false;
process.once('SIGTERM', () => (stopping = true));

const tell = (what) => console.log(JSON.stringify(what));

async function keepBooking({ id, token }, departureId) {
  for (let number = 1; !stopping; number += 1) {
    const key = randomUUID();
    const input = { departureId, seats: 1, idempotencyKey: key };
    const { order } = await mutate(token, 'bookExcursion', input, 'order { id status }');
    if (order.status !== 'CONFIRMED') throw new Error(`order ${order.id} is ${order.status}`);
    tell({ customer: id, booked: order.id, key });
    if (number % CANCELLED_OF !== 0) continue;
    tell({ customer: id, cancelling: order.id });
    const undo = { orderId: order.id, idempotencyKey: randomUUID() };
    const undone = await mutate(token, 'cancelOrder', undo, 'order { status }');
    if (undone.order.status !== 'CANCELLED') throw new Error(`order ${order.id} is ${undone.order.status}`);
    tell({ customer: id, cancelled: order.id });
  }
}

const departureId = await departure({ capacity: 10_000 });
const customers = await Promise.all(Array.from({ length: CUSTOMERS }, customer));
for (const { id, token } of customers) tell({ customer: id, token, departure: departureId });
await Promise.all(customers.map((each) => keepBooking(each, departureId)));
