"""Where each partition stands. PostgreSQL knows; Kafka's committed offsets are neither written nor read.

A rebalance, a fenced slice, a hole: all end in `forget`, and the next `find` asks PostgreSQL anew.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from stream_processor.sink.batch import Place
from stream_processor.sink.errors import SinkStopped
from stream_processor.sink.lag import SinkLag
from stream_processor.sink.progress import Totals
from stream_processor.sink.store import Store

logger = logging.getLogger(__name__)

Records = Sequence[ConsumerRecord[bytes, bytes]]


class Positions(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The next offset of every assigned partition, as far as it is known to be what PostgreSQL holds."""

    def __init__(self, consumer: AIOKafkaConsumer, store: Store, totals: Totals, lag: SinkLag) -> None:
        self._consumer = consumer
        self._store = store
        self._totals = totals
        self._lag = lag
        self._next: dict[Place, int] = {}
        self._holes: dict[Place, tuple[int, int]] = {}

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._next.clear()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing is looked up here: a slow database must not hold up the rebalance of the others."""
        self._next.clear()
        places = [Place(*tp) for tp in assigned]
        self._lag.keep(places)
        logger.info("partitions assigned", extra={"partitions": len(places)})

    def forget(self, places: Iterable[Place]) -> None:
        """These are to be looked up again."""
        for place in places:
            self._next.pop(place, None)

    def incomplete(self) -> bool:
        """Whether there is something for `find` to do."""
        return any(Place(*tp) not in self._next for tp in self._consumer.assignment())

    async def find(self) -> None:
        """Looks up what is unknown and sends the consumer there. Raises SinkStopped for a log that shrank."""
        unknown = [tp for tp in self._consumer.assignment() if Place(*tp) not in self._next]
        if not unknown:
            return
        starts = await self._consumer.beginning_offsets(unknown)
        held = await self._store.offsets({Place(*tp): start for tp, start in starts.items()})
        # The ends come last: the owner before may store on meanwhile, but nothing beyond an end.
        ends = await self._consumer.end_offsets(unknown)
        for tp in unknown:
            offset = held[Place(*tp)]
            if offset > ends[tp]:
                raise SinkStopped(
                    f"{tp.topic} {tp.partition} ends at {ends[tp]}, but rows up to {offset} are stored: the "
                    "topic was made anew or restored. Restore the log, or empty the tables and sink_offsets"
                )
            self._seek(tp, offset)
            self._lag.ends_at(Place(*tp), ends[tp])
            self._lag.stored(Place(*tp), offset)

    def take(self, polled: Mapping[TopicPartition, Records]) -> dict[Place, tuple[int, Records]]:
        """Expected offset and records of each known partition, which from now on stands behind them.

        Should they not be stored after all, PostgreSQL refuses what follows, and the partition is forgotten.
        Records of other partitions are fetched again once those are known.
        """
        taken: dict[Place, tuple[int, Records]] = {}
        for tp, records in polled.items():
            place = Place(*tp)
            expected = self._next.get(place)
            self._lag.ends_at(place, self._consumer.highwater(tp) or records[-1].offset + 1)
            if expected is None:
                continue
            fitting = [record for record in records if record.offset >= expected]
            if fitting and self._continues(place, expected, fitting[0].offset):
                taken[place] = (expected, fitting)
                self._next[place] = fitting[-1].offset + 1
                self._lag.taken(place, fitting[0].offset, fitting[0].timestamp)
        return taken

    def _continues(self, place: Place, expected: int, first: int) -> bool:
        """A hole is accepted when the broker, asked for `expected` again, gives the same record again."""
        if first == expected:
            return True
        if self._holes.pop(place, None) == (expected, first):
            self._totals.holes += 1
            logger.warning(
                "the log has no records here: transaction markers, or they expired before they were stored",
                extra={**place._asdict(), "from_offset": expected, "to_offset": first},
            )
            return True
        self._holes[place] = (expected, first)
        self._seek(TopicPartition(*place), expected)
        return False

    def _seek(self, tp: TopicPartition, offset: int) -> None:
        try:
            self._consumer.seek(tp, offset)
        except IllegalStateError:  # taken away meanwhile
            self._next.pop(Place(*tp), None)
        else:
            self._next[Place(*tp)] = offset
