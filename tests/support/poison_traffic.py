"""Direct traffic with poison in it, made as it is sent, and the account that is kept of every record."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer, ConsumerRecord

from schemas.topics import REQUESTS
from stream_processor.pipeline.admit import partition_of
from tests.support.poison import VISA, Poison, poison
from tests.support.records import Wire, body

TRANSACTIONS_EACH = 50
POISON_SHARE = 0.05
_AT_ONCE = 2_000

Place = tuple[int, int]


@dataclass(frozen=True)
class Sent:
    """A record, its kind, and the outcome that it must have: scored, or the code of its refusal."""

    partition: int
    key: bytes | None
    value: bytes | None
    wire: Wire
    kind: str
    expected: str

    @property
    def has_letter(self) -> bool:
        """Whether it must have a dead letter."""
        return self.expected not in ("scored", "idempotency_conflict")


def traffic(count: int, seed: int, now: int, partitions: int) -> Iterator[Sent]:
    """`count` draws: good transactions and, in turn, each kind of poison, a stray partition, a conflict."""
    chance = random.Random(seed)
    kinds = poison(at=now)
    home = partition_of(b"c-1", partitions)
    customers = count // TRANSACTIONS_EACH
    bad = 0
    for number in range(count):
        if chance.random() >= POISON_SHARE:
            yield good(number, f"c-{chance.randrange(customers)}", now, partitions)
            continue
        turn, kind = divmod(bad, len(kinds) + 2)
        bad += 1
        if kind < len(kinds):
            yield _poisoned(kinds[kind], turn, home)
        elif kind == len(kinds):
            stray = good(number, "c-1", now, partitions)
            yield Sent((home + 1) % partitions, stray.key, stray.value, [], "stray", "wrong_partition")
        else:
            first = good(number, "c-1", now, partitions)
            changed = json.dumps(json.loads(first.value or b"") | {"amount": 1}).encode()
            yield first
            yield Sent(first.partition, first.key, changed, [], "conflict", "idempotency_conflict")


def good(number: int, customer: str, now: int, partitions: int) -> Sent:
    """A transaction that must be scored."""
    key, content = customer.encode(), body(number, customer, 1_000 + number % 100_000, now)
    return Sent(partition_of(key, partitions), key, json.dumps(content).encode(), [], "good", "scored")


def _poisoned(kind: Poison, turn: int, home: int) -> Sent:
    value = kind.value and kind.value.replace(b'"odd-', f'"odd-{turn}-'.encode())
    return Sent(home, kind.key, value, kind.wire, kind.kind, kind.code)


def digest(key: bytes | None, value: bytes | None, wire: Wire) -> bytes:
    """Equal for equal records only."""
    return hashlib.sha256(repr((key, value, list(wire))).encode()).digest()


@dataclass
class Account:
    """What was sent, by place; of the bytes of poison only a digest, so that a million records fit."""

    kinds: dict[str, str] = field(default_factory=dict)
    sent: dict[Place, str] = field(default_factory=dict)
    digests: dict[Place, bytes] = field(default_factory=dict)
    payloads: dict[Place, bytes] = field(default_factory=dict)
    """Values with a card number in them, few and small: their letters hold an HMAC instead."""

    def note(self, place: Place, entry: Sent) -> None:
        """An acknowledged record."""
        self.kinds[entry.kind] = entry.expected
        self.sent[place] = entry.kind
        if entry.has_letter and VISA.encode() in (entry.key or b"") + (entry.value or b""):
            self.payloads[place] = entry.value or b""
        elif entry.has_letter:
            self.digests[place] = digest(entry.key, entry.value, entry.wire)

    @property
    def by_kind(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(self.sent.values())

    @property
    def with_letter(self) -> set[Place]:
        """The places that must have a dead letter."""
        return self.digests.keys() | self.payloads.keys()


async def send(producer: AIOKafkaProducer, messages: Iterator[Sent], account: Account) -> None:
    """Sends all, some at once, and notes each where the broker put it."""
    waiting = []
    for entry in messages:
        wire = list(entry.wire)
        receipt = await producer.send(
            REQUESTS, entry.value, key=entry.key, partition=entry.partition, headers=wire
        )
        waiting.append((entry, receipt))
        if len(waiting) == _AT_ONCE:
            await _noted(waiting, account)
            waiting = []
    await _noted(waiting, account)


async def _noted(waiting: list, account: Account) -> None:  # type: ignore[type-arg]  # aiokafka types no futures
    for entry, receipt in waiting:
        lies = await receipt
        account.note((lies.partition, lies.offset), entry)


def code_of(record: ConsumerRecord) -> str:
    """What became of a request: scored, duplicate, or the code of its refusal."""
    outcome = json.loads(record.value)
    return str(outcome["problem"]["code"] if outcome["status"] == "rejected" else outcome["status"])


def place_of(record: ConsumerRecord) -> Place:
    """The place of the request that an outcome speaks of."""
    return record.partition, json.loads(dict(record.headers)["fold"])[1]
