"""The traffic of the benchmark: the same transactions as FlowServe, its floors and its callers read them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.load.amounts import amount, usual_amount
from schemas.topics import REQUESTS
from tests.support.fake_log import FakeRecord

_TERMINALS = 1_000
_SPAN = timedelta(days=30)
_REPEATS, _FRAUDS = 0.01, 0.01


@dataclass(frozen=True, slots=True)
class Asked:
    """One transaction; `at` in whole seconds since 1970 UTC, the amount in cents."""

    transaction_id: str
    customer_id: str
    terminal_id: str
    amount: int
    at: int

    @property
    def key(self) -> bytes:
        """Of its record."""
        return self.customer_id.encode()

    def request(self) -> bytes:
        """As FlowServe takes it, at each of its doors."""
        at = datetime.fromtimestamp(self.at, UTC)
        return (
            f'{{"transaction_id":"{self.transaction_id}","customer_id":"{self.customer_id}",'
            f'"terminal_id":"{self.terminal_id}","amount":{self.amount},"currency":"EUR",'
            f'"occurred_at":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'
        ).encode()

    def record(self, partition: int, offset: int, received_ms: int) -> FakeRecord:
        """As it lies on the topic of requests."""
        return FakeRecord(REQUESTS, partition, offset, received_ms, self.key, self.request())

    def plain(self) -> bytes:
        """As the floors take it: without a currency, and with the time in milliseconds."""
        return (
            f'{{"transaction_id":"{self.transaction_id}","customer_id":"{self.customer_id}",'
            f'"terminal_id":"{self.terminal_id}","amount":{self.amount},"occurred_at":{self.at * 1_000}}}'
        ).encode()

    def report(self) -> bytes:
        """That it was fraud."""
        return (
            f'{{"transaction_id":"{self.transaction_id}","customer_id":"{self.customer_id}","is_fraud":true}}'
        ).encode()


def one_each(prefix: str, customers: int, now: datetime) -> Iterator[Asked]:
    """One transaction of each customer, evenly spread over the 30 days before `now`."""
    start, step = (now - _SPAN).timestamp(), _SPAN.total_seconds() / customers
    for number in range(customers):
        yield _asked(f"{prefix}-{number}", f"c-{number}", number, int(start + number * step))


def recent(prefix: str, count: int, customers: int, now: datetime) -> Iterator[Asked]:
    """Transactions of this moment, of customers chosen at random."""
    chance = random.Random(prefix)
    for number in range(count):
        yield _asked(f"{prefix}-{number}", f"c-{chance.randrange(customers)}", number, int(now.timestamp()))


def _asked(name: str, customer: str, number: int, at: int) -> Asked:
    return Asked(name, customer, f"t-{number % _TERMINALS}", usual_amount(customer), at)


def traffic(prefix: str, count: int, customers: int, now: datetime, repeats: float = _REPEATS) -> list[Asked]:
    """Seeded: 30 days that end at `now`, evenly spread, one in a hundred a repeat of one shortly before."""
    chance = random.Random(prefix)
    start, step = (now - _SPAN).timestamp(), _SPAN.total_seconds() / count
    made: list[Asked] = []
    for number in range(count):
        if made and chance.random() < repeats:
            made.append(chance.choice(made[-50:]))
            continue
        customer = f"c-{chance.randrange(customers)}"
        terminal, cents = f"t-{chance.randrange(_TERMINALS)}", amount(customer, chance)
        made.append(Asked(f"{prefix}-{number}", customer, terminal, cents, int(start + number * step)))
    return made


def frauds(transactions: list[Asked]) -> Iterator[Asked]:
    """Those that get reported."""
    chance = random.Random(len(transactions))
    return (asked for asked in transactions if chance.random() < _FRAUDS)
