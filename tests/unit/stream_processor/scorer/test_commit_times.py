"""A commit comes with time, and sooner where much traffic is decided at once."""

import asyncio

from stream_processor.scorer.commit_times import CommitTimes
from tests.support.consumers import consumer_records, scripted_consumer, tp

_DAY = 86_400.0


async def due(times: CommitTimes) -> bool:
    began = asyncio.get_running_loop().time()
    await times.wait(0.05)
    return asyncio.get_running_loop().time() - began < 0.05


async def test_nothing_is_due_before_its_time_where_nothing_was_decided() -> None:
    assert not await due(CommitTimes(0.5))


async def test_one_batch_of_much_traffic_is_due_at_once() -> None:
    times = CommitTimes(0.5)
    times.decided(tp(0), 1_000, 1_500)
    assert await due(times)


async def test_little_traffic_waits_until_it_adds_up_in_its_partition() -> None:
    times = CommitTimes(0.5)
    times.decided(tp(0), 1_000, 1_300)
    times.decided(tp(1), 1_400, 1_700)
    assert not await due(times)
    times.decided(tp(0), 1_400, 1_500)
    assert await due(times)


async def test_what_is_committed_counts_no_more() -> None:
    times = CommitTimes(0.5)
    times.decided(tp(0), 1_000, 1_400)
    times.committing()
    times.decided(tp(0), 1_500, 1_900)
    assert not await due(times)


async def test_a_consumer_that_catches_up_does_not_wait_for_the_interval() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.commit_interval = _DAY
    handler = asyncio.create_task(consumer._commit_handler(consumer))
    consumer.set_cursor(tp(0), 2_000)
    consumer.decided(tp(0), consumer_records(0, 0, 2_000) + consumer_records(0, 90_000_000, 1))
    async with asyncio.timeout(10):
        while not consumer.commits:
            await asyncio.sleep(0)
    handler.cancel()
    assert consumer.commits == [{tp(0): 2_000}]
