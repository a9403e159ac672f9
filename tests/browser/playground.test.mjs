// The playground of a running stack (GATEWAY_URL, OPERATOR_EMAIL, OPERATOR_PASSWORD) in a real browser (CHROMIUM).
// With PICTURE=FILE, the page as it looks when the notification has arrived is kept there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { PlaygroundPage } from './playground-page.mjs';

const { GATEWAY_URL, OPERATOR_EMAIL, OPERATOR_PASSWORD, CHROMIUM, PICTURE } = process.env;

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
});
after(() => browser?.close());

test('a customer books, and the notification arrives in another tab', async () => {
  const window = await newWindow();
  const desk = await PlaygroundPage.open(window, GATEWAY_URL);

  await desk.choose('LogIn');
  await desk.write('Variables', { input: { email: OPERATOR_EMAIL, password: OPERATOR_PASSWORD } });
  const operator = accepted(await desk.run(), 'logIn').session;
  assert.equal(operator.user.email, OPERATOR_EMAIL);
  await desk.choose('CreateExcursion');
  accepted(await desk.run(), 'createExcursion');
  await desk.choose('ScheduleDeparture');
  const { departure } = accepted(await desk.run(), 'scheduleDeparture');
  assert.equal(departure.status, 'OPEN');

  await desk.choose('Register');
  const customer = accepted(await desk.run(), 'register').session;
  assert.equal(customer.user.role, 'CUSTOMER');
  await desk.choose('TopUp');
  const { account } = accepted(await desk.run(), 'deposit');
  assert.deepEqual(account.balance, { amount: '100.00', currency: 'EUR' });

  const mailbox = await PlaygroundPage.open(window, GATEWAY_URL);
  const elsewhere = await PlaygroundPage.open(await newWindow(), GATEWAY_URL);
  await elsewhere.choose('Notifications');
  await elsewhere.write('Headers', { Authorization: `Bearer ${customer.accessToken}` });
  await mailbox.choose('Notifications');
  for (const subscriber of [mailbox, elsewhere]) {
    await subscriber.start();
    await subscriber.message(({ sent }) => sent?.type === 'subscribe', 'the subscription');
    const { sent } = await subscriber.message(({ sent }) => sent?.type === 'connection_init', 'the start');
    assert.deepEqual(sent.payload, { Authorization: `Bearer ${customer.accessToken}` });
  }

  await desk.choose('Book');
  const { order } = accepted(await desk.run(), 'bookExcursion');
  assert.equal(order.status, 'CONFIRMED');
  assert.equal(order.tickets.length, 2);

  for (const subscriber of [mailbox, elsewhere]) {
    const { notification } = accepted(await subscriber.answer(isOf('ORDER_CONFIRMED')), 'notificationReceived');
    assert.equal(notification.recipient, customer.user.email);
    assert.equal(notification.order.id, order.id);
  }
  if (PICTURE) {
    await mailbox.page.getByRole('button', { name: 'Headers', exact: true }).click();
    await mailbox.page.screenshot({ path: PICTURE });
  }

  await desk.choose('Me');
  const { me } = (await desk.run()).data;
  assert.equal(me.account.balance.amount, '50.00');
  assert.equal(me.orders.nodes[0].status, 'CONFIRMED');

  await desk.choose('LogIn');
  accepted(await desk.run(), 'logIn');
  await desk.choose('CancelDeparture');
  const { cancellation } = accepted(await desk.run(), 'cancelDeparture');
  assert.ok(cancellation.id);
  accepted(await mailbox.answer(isOf('ORDER_CANCELLED')), 'notificationReceived');

  for (const page of [desk, mailbox, elsewhere]) {
    assert.deepEqual(page.complaints, []);
    for (const request of page.requests) assert.equal(new URL(request).host, new URL(GATEWAY_URL).host, request);
  }
});

test('a stranger searches, and is told what is missing', async () => {
  const playground = await PlaygroundPage.open(await newWindow(), GATEWAY_URL);
  const { data } = await playground.run();
  assert.ok(Array.isArray(data.excursions.nodes));

  await playground.choose('Me');
  const { errors } = await playground.run();
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');

  await playground.choose('ScheduleDeparture');
  const [{ message }] = (await playground.run()).errors;
  assert.match(message, /nothing is known yet for \{\{excursionId\}\}/);
  assert.deepEqual(playground.complaints, []);
});

test('the page may not reach another origin', async () => {
  const { page } = await PlaygroundPage.open(await newWindow(), GATEWAY_URL);
  const other = new URL(GATEWAY_URL);
  other.hostname = other.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  const directive = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (violation) => resolve(violation.effectiveDirective));
        fetch(url, { mode: 'no-cors' }).then(
          () => resolve('nothing refused it'),
          () => {},
        );
      }),
    other.href,
  );
  assert.equal(directive, 'connect-src');
});

/** A window with nothing remembered. */
function newWindow() {
  return browser.newContext({
    viewport: { width: 1440, height: 810 },
    colorScheme: 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}

/** The field's value, of an answer without errors. */
function accepted({ data, errors }, field) {
  assert.equal(errors, undefined);
  assert.deepEqual(data[field].errors ?? [], []);
  return data[field];
}

function isOf(kind) {
  return ({ data }) => data?.notificationReceived.notification.kind === kind;
}
