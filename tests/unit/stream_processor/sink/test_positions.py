"""Where the sink goes on after a rebalance, while the owner before still stores."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from schemas.topics import PREDICTIONS
from stream_processor.sink.batch import Place
from stream_processor.sink.errors import SinkStopped
from stream_processor.sink.lag import SinkLag
from stream_processor.sink.positions import Positions
from stream_processor.sink.progress import Totals

TP = TopicPartition(PREDICTIONS, 0)


class GrowingLog:
    """A consumer whose log, and the rows that another sink stored, are further at each look."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.stored = end
        self.sought: dict[TopicPartition, int] = {}

    def _goes_on(self) -> None:
        self.end += 10
        self.stored = self.end

    def assignment(self) -> set[TopicPartition]:
        return {TP}

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        self._goes_on()
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        end = self.end
        self._goes_on()
        return dict.fromkeys(places, end)

    async def offsets(self, starts: Mapping[Place, int]) -> dict[Place, int]:
        """As PostgreSQL holds them."""
        stored = self.stored
        self._goes_on()
        return dict.fromkeys(starts, stored)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.sought[place] = offset


def positions(log: GrowingLog) -> Positions:
    return Positions(cast(Any, log), cast(Any, log), Totals(), SinkLag(lambda: 0))


async def test_what_the_owner_before_stores_meanwhile_is_not_taken_for_a_log_that_shrank() -> None:
    log = GrowingLog(end=100)
    await positions(log).find()
    assert log.sought == {TP: 110}


async def test_rows_beyond_the_end_of_the_log_stop_the_sink() -> None:
    log = GrowingLog(end=100)
    log._goes_on = lambda: None  # type: ignore[method-assign]
    log.stored = 101
    with pytest.raises(SinkStopped, match="ends at 100, but rows up to 101"):
        await positions(log).find()
