"""A reader and a writer of the logs hold no client that never reached Kafka, and make the next one anew."""

from typing import Any, cast

import pytest

from stream_processor.scorer.kafka_log import LogReader, LogWriter


class Client:
    """Of a broker that is reached at the second attempt."""

    made: list["Client"]

    def __init__(self) -> None:
        self.made.append(self)
        self.stopped = False

    async def start(self) -> None:
        if len(self.made) == 1:
            raise ConnectionError("no broker")

    async def stop(self) -> None:
        self.stopped = True

    async def offsets_for_times(self, wanted: dict[object, int]) -> dict[object, None]:
        return dict.fromkeys(wanted)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    found: list[Client] = []
    monkeypatch.setattr(Client, "made", found, raising=False)
    return found


async def test_a_consumer_that_does_not_start_is_ended_and_the_next_read_has_another(
    made: list[Client],
) -> None:
    reader = LogReader(lambda: cast(Any, Client()))
    with pytest.raises(ConnectionError):
        await reader.offset_at("log", 0, 0)
    assert await reader.offset_at("log", 0, 0) is None
    assert [client.stopped for client in made] == [True, False]
    await reader.stop()
    assert made[1].stopped


async def test_a_producer_that_does_not_start_is_ended_and_the_next_batch_has_another(
    made: list[Client],
) -> None:
    writer = LogWriter(lambda: cast(Any, Client()))
    with pytest.raises(ConnectionError):
        await writer.producer()
    producer = cast(Any, await writer.producer())
    assert [client.stopped for client in made] == [True, False]
    assert producer is made[1]
