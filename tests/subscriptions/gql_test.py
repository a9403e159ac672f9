"""The Python client gql over WebSockets, on the public origin."""

import asyncio
import json
import os
import subprocess
import time
import unittest
import urllib.request
from datetime import datetime, timedelta, timezone
from uuid import uuid4

from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

ORIGIN = os.environ["GATEWAY_URL"]
SOCKETS = ORIGIN.replace("http", "ws", 1) + "/graphql"

NOTIFICATIONS = """
    subscription Notifications($after: String) {
        notificationReceived(after: $after) {
            cursor
            notification { kind order { id } }
        }
    }
"""


def mutate(token, field, fields, **input):
    """The payload of a mutation, which must not be refused."""
    type_name = field[0].upper() + field[1:] + "Input"
    query = f"mutation ($input: {type_name}!) {{ {field}(input: $input) {{ {fields} errors {{ code message }} }} }}"
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query, "variables": {"input": input}}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{ORIGIN}/graphql", body, headers)) as response:
        answer = json.load(response)
    payload = answer["data"][field]
    assert payload["errors"] == [], payload
    return payload


def key():
    return str(uuid4())


def departure():
    """The id of a departure with a thousand seats."""
    log_in = {"email": os.environ["OPERATOR_EMAIL"], "password": os.environ["OPERATOR_PASSWORD"]}
    operator = mutate(None, "logIn", "session { accessToken }", **log_in)["session"]["accessToken"]
    excursion = mutate(
        operator, "createExcursion", "excursion { id }",
        title="A walk", description="Along the river.", city="Porto", durationMinutes=60, idempotencyKey=key(),
    )["excursion"]
    starts_at = datetime.now(timezone.utc) + timedelta(days=30)
    return mutate(
        operator, "scheduleDeparture", "departure { id }",
        excursionId=excursion["id"], startsAt=starts_at.isoformat(), capacity=1000, idempotencyKey=key(),
        price={"amount": "1.00", "currency": "EUR"},
    )["departure"]["id"]


def customer():
    """The token of a customer with money."""
    token = mutate(
        None, "register", "session { accessToken }",
        email=f"{key()}@example.com", password="correct horse battery", name="Ada Lovelace",
    )["session"]["accessToken"]
    mutate(token, "deposit", "replayed", amount={"amount": "1000.00", "currency": "EUR"}, idempotencyKey=key())
    return token


def expiring(token, seconds):
    """The same token, which holds for so many seconds from now."""
    script = "import { expiring } from './token.mjs'; console.log(expiring(process.argv[1], Number(process.argv[2])))"
    command = ["node", "--input-type=module", "--eval", script, token, str(seconds)]
    here = os.path.dirname(os.path.abspath(__file__))
    return subprocess.run(command, cwd=here, check=True, capture_output=True, text=True).stdout.strip()


def authorization(token):
    return {"authorization": f"Bearer {token}"}


def transport(**options):
    """The subprotocol is named: offering two, gql looks for the chosen one in a header of one spelling, and misses it."""
    return WebsocketsTransport(SOCKETS, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL], **options)


class Subscriber:
    """What a customer heard, and where to go on."""

    def __init__(self, token, departure_id):
        self.token = token
        self.departure_id = departure_id
        self.events = []
        self.errors = None

    @property
    def confirmed(self):
        mails = (event["notification"] for event in self.events)
        return [mail["order"]["id"] for mail in mails if mail["kind"] == "ORDER_CONFIRMED"]

    async def listen(self, transport):
        """Listens on a connection of its own, from where the last one ended."""
        request = gql(NOTIFICATIONS)
        request.variable_values = {"after": self.events[-1]["cursor"] if self.events else None}
        async with Client(transport=transport) as session:
            async for result in session.subscribe(request):
                self.events.append(result["notificationReceived"])

    async def book(self):
        payload = await asyncio.to_thread(
            mutate, self.token, "bookExcursion", "order { id }",
            departureId=self.departure_id, seats=1, idempotencyKey=key(),
        )
        return payload["order"]["id"]

    async def begin(self):
        """Books until it hears of it: nobody tells a subscriber that its subscription has begun."""
        orders = []
        while not self.confirmed:
            assert len(orders) < 15, "nothing was heard of any booking"
            orders.append(await self.book())
            await until(lambda: self.confirmed, seconds=2)
        await self.hear(orders[orders.index(self.confirmed[0]):])

    async def hear(self, orders):
        assert await until(lambda: set(orders) <= set(self.confirmed)), "a mail did not come"


async def until(condition, seconds=30):
    """Waits until the condition holds, and says whether it does."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.05)
    return condition()


class GqlTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        token = await asyncio.to_thread(customer)
        self.subscriber = Subscriber(token, await asyncio.to_thread(departure))

    def listening(self, **options):
        task = asyncio.create_task(self.subscriber.listen(transport(**options)))
        self.addCleanup(task.cancel)
        return task

    async def test_a_booking_is_heard_of(self):
        self.listening(init_payload=authorization(self.subscriber.token))
        await self.subscriber.begin()

    async def test_the_token_may_be_in_a_header_of_the_upgrade(self):
        self.listening(headers=authorization(self.subscriber.token))
        await self.subscriber.begin()

    async def test_what_was_missed_comes_with_the_next_connection_and_nothing_twice(self):
        first = self.listening(init_payload=authorization(self.subscriber.token))
        await self.subscriber.begin()
        first.cancel()
        await asyncio.wait([first])
        missed = [await self.subscriber.book() for _ in range(3)]
        self.listening(init_payload=authorization(self.subscriber.token))
        live = [await self.subscriber.book() for _ in range(3)]
        await self.subscriber.hear(missed + live)
        cursors = [event["cursor"] for event in self.subscriber.events]
        self.assertEqual(len(set(cursors)), len(cursors))
        self.assertEqual(len(set(self.subscriber.confirmed)), len(self.subscriber.confirmed))

    async def assert_refused(self, listening, reason):
        """The reason of the close frame is in the cause of what gql raises."""
        with self.assertRaises(TransportConnectionFailed) as refused:
            await listening
        frame = refused.exception.__cause__.rcvd
        self.assertEqual(frame.code, 4403)
        self.assertRegex(frame.reason, reason)

    async def test_a_token_that_does_not_hold_is_refused(self):
        for token in ["nonsense", await asyncio.to_thread(expiring, self.subscriber.token, -60)]:
            listening = self.subscriber.listen(transport(init_payload=authorization(token)))
            await self.assert_refused(listening, "^Forbidden: ")

    async def test_a_token_that_expires_ends_the_subscription_and_the_next_goes_on(self):
        soon_over = await asyncio.to_thread(expiring, self.subscriber.token, 3)
        first = self.listening(init_payload=authorization(soon_over))
        await self.subscriber.begin()
        await self.assert_refused(first, "^Forbidden: token expired$")
        missed = await self.subscriber.book()
        self.listening(init_payload=authorization(self.subscriber.token))
        await self.subscriber.hear([missed, await self.subscriber.book()])
        self.assertEqual(len(set(self.subscriber.confirmed)), len(self.subscriber.confirmed))

    async def test_who_gives_no_token_is_told_so(self):
        with self.assertRaises(TransportQueryError) as refused:
            await self.subscriber.listen(transport())
        self.assertEqual(refused.exception.errors[0]["extensions"]["code"], "UNAUTHENTICATED")


if __name__ == "__main__":
    unittest.main()
