"""What `flowserve erase` does on Kafka: asks, and looks how far the scorers, the sink and retention are."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupCoordinatorNotAvailableError

from cli.kafka import KafkaUnavailable, open_producer
from schemas import headers
from schemas.erasure import ERASURE, encode_erasure
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.kafka_topics import partition_counts
from schemas.outcomes import fold_decoder
from schemas.settings import ProcessSettings
from schemas.topics import DEAD_LETTERS, FEEDBACK, PREDICTIONS, REPLIES, REQUESTS, SCORER_GROUP
from stream_processor.log_readers import open_reader
from stream_processor.pipeline.admit import partition_of
from stream_processor.scorer.kafka_log import LogReader

STORED = (REQUESTS, PREDICTIONS, FEEDBACK, DEAD_LETTERS)
"""What the sink stores."""
_HOLDING = (*STORED, REPLIES)
_REQUEST_MS = 10_000

Place = tuple[str, int]


@dataclass(frozen=True)
class Asked:
    """Where the request to forget lies on `feedback`, and when the broker received it (ms since 1970 UTC)."""

    partition: int
    offset: int
    at_ms: int
    client: str
    customer: str

    @property
    def place(self) -> str:
        """Such as flowserve.feedback.v1 3/17."""
        return f"{FEEDBACK} {self.partition}/{self.offset}"


@dataclass(frozen=True)
class Retention:
    """How long a topic keeps records; None for ever. A segment goes as a whole, once its newest may go."""

    topic: str
    retention_ms: int | None
    segment_ms: int


class ErasureLog:
    """`counts` are the partitions of every topic."""

    def __init__(
        self,
        settings: ProcessSettings,
        reader: LogReader,
        admin: AIOKafkaAdminClient,
        counts: Mapping[str, int],
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._admin = admin
        self._counts = counts
        self._looked_at: dict[Place, int] = {}

    async def ends(self, *topics: str) -> dict[Place, int]:
        """The next offset of every partition."""
        places = [(topic, number) for topic in topics for number in range(self._counts[topic])]
        return {place: (await self._reader.bounds(*place))[1] for place in places}

    async def ask(self, client: str, customer: str) -> Asked:
        """Writes the record; the answer means durable."""
        key, value, wire = encode_erasure(customer, client)
        partition = partition_of(key, self._counts[FEEDBACK])
        async with open_producer(self._settings) as producer:
            lies = await producer.send_and_wait(FEEDBACK, value, key=key, partition=partition, headers=wire)
        return Asked(lies.partition, lies.offset, lies.timestamp, client, customer)

    async def answer(self, asked: Asked, start: int) -> int | None:
        """The offset, from `start` on, at which the scorer says that it has forgotten; None if not yet."""
        place = (PREDICTIONS, asked.partition)
        position = self._looked_at.get(place, start)
        async with aclosing(self._reader.read(*place, position)) as chunks:
            async for records in chunks:
                for record in records:
                    self._looked_at[place] = record.offset + 1
                    if _forgets(headers.first(record.headers, headers.FOLD), asked):
                        return int(record.offset)
        return None

    async def undecided(self, ends: Mapping[Place, int]) -> list[Place]:
        """The partitions of `requests` that the scorers have not decided so far."""
        try:
            commits = await self._admin.list_consumer_group_offsets(SCORER_GROUP)
        except GroupCoordinatorNotAvailableError:  # no scorer was ever there
            commits = {}
        done = {(place.topic, place.partition): at.offset for place, at in commits.items()}
        return await self.short_of(ends, done)

    async def short_of(self, ends: Mapping[Place, int], done: Mapping[Place, int]) -> list[Place]:
        """Where `done` is short of the end. What no record lies behind any more is not."""
        return [place for place in _behind(ends, done) if await self._waits(place, ends[place], done)]

    async def _waits(self, place: Place, end: int, done: Mapping[Place, int]) -> bool:
        """The end of a producer's transaction takes an offset that holds no record."""
        record = await self._reader.first_from(*place, max(0, done.get(place, 0)))
        return record is not None and record.offset < end

    async def retentions(self) -> list[Retention]:
        """As the broker's settings say now, of each topic that holds a customer's records."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in _HOLDING]
        found = []
        for response in await self._admin.describe_configs(asked):
            for code, message, _, name, entries in response.resources:
                if code != 0:
                    raise KafkaUnavailable(f"Kafka does not tell the settings of {name}: {message}")
                values = {entry[0]: entry[1] for entry in entries}
                retention = int(values["retention.ms"])
                found.append(Retention(name, None if retention < 0 else retention, int(values["segment.ms"])))
        return sorted(found, key=lambda each: _HOLDING.index(each.topic))


def _behind(ends: Mapping[Place, int], done: Mapping[Place, int]) -> Iterator[Place]:
    return (place for place, end in ends.items() if done.get(place, 0) < end)


def _forgets(header: bytes | None, asked: Asked) -> bool:
    try:
        fold = fold_decoder.decode(header or b"")
    except (msgspec.DecodeError, ValueError):
        return False
    named = (fold.run, fold.client_id, fold.customer_id)
    return named == (ERASURE, asked.client, asked.customer) and fold.received_ms >= asked.at_ms


@asynccontextmanager
async def open_log(settings: ProcessSettings) -> AsyncIterator[ErasureLog]:
    """The log of a running Kafka. Raises KafkaUnavailable where topics are missing, and Kafka's errors."""
    counts = await partition_counts(settings)
    if missing := [name for name in _HOLDING if name not in counts]:
        raise KafkaUnavailable(
            f"the topic {missing[0]} is missing: run `python -m stream_processor.provision`"
        )
    client = AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=_REQUEST_MS)
    async with open_reader(settings) as reader, started(client) as admin:
        yield ErasureLog(settings, reader, admin, counts)
