"""One sink's store on a real PostgreSQL, and predictions for it."""

from collections.abc import Sequence
from typing import Any

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.sink.batch import Place, Slice, read_slice
from stream_processor.sink.database import connect
from stream_processor.sink.progress import Totals
from stream_processor.sink.store import Store
from tests.integration.sink import wire

PREDICTIONS = Place(topics.PREDICTIONS, 1)
REQUESTS = Place(topics.REQUESTS, 1)


class Sink:
    """A store with its counts, as one process has them."""

    def __init__(self, most_bad_rows: int = 100) -> None:
        self.totals = Totals()
        self.store = Store(connect, lambda: wire.NOW, self.totals, most_bad_rows)

    async def put(self, place: Place, expected: int, records: Sequence[wire.Consumed]) -> None:
        await self.store.store([self.slice(place, expected, records)])

    @staticmethod
    def slice(place: Place, expected: int, records: Sequence[wire.Consumed]) -> Slice:
        return read_slice(place, expected, records, wire.NOW)


def scored(*numbers: int, **changes: Any) -> list[wire.Consumed]:  # noqa: ANN401
    """Predictions whose own offset and source offset are their number."""
    return [
        wire.consumed(wire.outcome(wire.prediction_of(number, **changes), number), 1, number)
        for number in numbers
    ]


async def offset(database: Connection, place: Place) -> int:
    held = await database.fetchval(
        "select next_offset from sink_offsets where topic = $1 and partition = $2", *place
    )
    return int(held)
