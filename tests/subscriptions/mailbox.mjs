// What a subscriber has received of a customer's notifications, and where to go on.

import assert from 'node:assert/strict';
import { book, until } from '../stage.mjs';

export const NOTIFICATIONS = `
  subscription Notifications($after: String) {
    notificationReceived(after: $after) {
      cursor
      notification { kind recipient order { id } }
    }
  }
`;

export class Mailbox {
  events = [];
  /** How often the client was connected. */
  connections = 0;
  /** How the stream ended, once it has. */
  end = undefined;
  /** The variables of the request. Clients send them anew when they connect anew: the cursor in them moves on. */
  variables = { after: undefined };
  request = { query: NOTIFICATIONS, variables: this.variables };

  constructor(customer, departureId) {
    this.customer = customer;
    this.departureId = departureId;
  }

  /** What subscriptions of graphql-ws and graphql-sse are given. */
  sink = {
    next: ({ data, errors }) => {
      if (errors) {
        this.errors = errors;
        return;
      }
      this.events.push(data.notificationReceived);
      this.variables.after = data.notificationReceived.cursor;
    },
    error: (error) => (this.end = { error }),
    complete: () => (this.end = { completed: true }),
  };

  confirmed() {
    const mails = this.events.map(({ notification }) => notification);
    return mails.filter(({ kind }) => kind === 'ORDER_CONFIRMED').map(({ order }) => order.id);
  }

  /** Books until the subscriber hears of it: nobody tells a subscriber that its subscription has begun. */
  async begin() {
    const orders = [];
    await until(async () => {
      orders.push(await book(this.customer, this.departureId));
      return until(() => this.confirmed().length > 0, 'a mail', 2_000).catch(() => false);
    }, 'the first mail');
    assert.ok(orders.includes(this.confirmed()[0]));
    assert.equal(this.events[0].notification.recipient, this.customer.email);
    // A mail about each of them is there, or on its way.
    await until(() => orders.slice(orders.indexOf(this.confirmed()[0])).every((order) => this.confirmed().includes(order)), 'all');
    return this;
  }

  /** Books so often; `between` is called after each booking. */
  async book(times, between = () => {}) {
    const orders = [];
    for (let time = 1; time <= times; time += 1) {
      orders.push(await book(this.customer, this.departureId));
      await between(time);
    }
    return orders;
  }

  /** Books 12 times; three times the line is cut, each time as soon as the client is connected, with bookings after it. */
  async bookWhileCut(line) {
    let cuts = 0;
    return this.book(12, async (time) => {
      if (time % 4 !== 2) return;
      await until(() => this.connections > cuts, 'a connection to cut');
      line.cut();
      cuts += 1;
    });
  }

  /** Each of these orders has come, and nothing twice. */
  async has(orders) {
    await until(() => orders.every((order) => this.confirmed().includes(order)), 'every mail');
    const cursors = this.events.map(({ cursor }) => cursor);
    assert.equal(new Set(cursors).size, cursors.length, 'no event came twice');
    assert.equal(new Set(this.confirmed()).size, this.confirmed().length, 'no mail came twice');
  }
}
