"""A scorer that starts before its broker waits for it, and after a minute says what is wrong."""

import pytest
from aiokafka.errors import ClusterAuthorizationFailedError, KafkaConnectionError

from stream_processor.scorer.cannot_start import CannotStart
from stream_processor.scorer.prove import patiently


class Broker:
    """Answers from the n-th time on."""

    def __init__(self, silent: int) -> None:
        self.silent = silent
        self.pauses: list[float] = []

    async def ask(self) -> str:
        if len(self.pauses) < self.silent:
            raise KafkaConnectionError("Unable to bootstrap from [('127.0.0.1', 9092)]")
        return "topics"

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_broker_that_comes_later_is_waited_for() -> None:
    broker = Broker(silent=3)
    assert await patiently(broker.ask, "127.0.0.1:9092", broker.sleep) == "topics"
    assert broker.pauses == [0.5, 1.0, 2.0]


async def test_one_that_stays_away_is_named_after_a_minute() -> None:
    broker = Broker(silent=1_000)
    with pytest.raises(CannotStart, match=r"No broker answers at 127\.0\.0\.1:9092"):
        await patiently(broker.ask, "127.0.0.1:9092", broker.sleep)
    assert 55 <= sum(broker.pauses) <= 65


async def test_what_is_no_silence_is_raised_at_once() -> None:
    broker = Broker(silent=0)

    async def refused() -> str:
        raise ClusterAuthorizationFailedError

    with pytest.raises(ClusterAuthorizationFailedError):
        await patiently(refused, "127.0.0.1:9092", broker.sleep)
