"""What the transport commits: the cursors that actors set, and nothing that Faust concludes by itself."""

from typing import Any

import pytest

from tests.support.consumers import ScriptedConsumer, consumer_records, fetched, scripted_consumer, tp


async def acked_batches(consumer: ScriptedConsumer, starts: list[int]) -> None:
    consumer.fetches = [{tp(0): consumer_records(0, start, 5)} for start in starts]
    for _ in starts:
        for _, message in await fetched(consumer):
            consumer.track_message(message)
            assert consumer.ack(message)


async def test_acknowledged_batches_without_a_cursor_commit_nothing() -> None:
    consumer = scripted_consumer({tp(0)})
    await acked_batches(consumer, [0, 5, 10])
    assert await consumer.commit() is False
    assert consumer.commits == []


async def test_an_ack_ends_the_wait_for_its_message() -> None:
    consumer = scripted_consumer({tp(0)})
    await acked_batches(consumer, [0, 5])
    assert not consumer._unacked_messages
    assert consumer._n_acked == 2


async def test_exactly_the_cursor_is_committed() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    await acked_batches(consumer, [0, 100])
    consumer.set_cursor(tp(0), 3)
    assert await consumer.commit()
    assert consumer.commits == [{tp(0): 3}]


async def test_a_cursor_that_did_not_move_is_not_committed_again() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.set_cursor(tp(0), 3)
    await consumer.commit()
    await consumer.commit()
    assert consumer.commits == [{tp(0): 3}]


async def test_nothing_below_what_is_committed_is_ever_committed() -> None:
    consumer = scripted_consumer({tp(0)})
    for cursor in (10, 4, 10, 11):
        consumer.set_cursor(tp(0), cursor)
        await consumer.commit()
    assert consumer.commits == [{tp(0): 10}, {tp(0): 11}]


@pytest.mark.parametrize("committed", [None, 0])
async def test_a_group_that_committed_nothing_or_zero_starts_with_the_first_cursor(
    committed: int | None,
) -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.committed_at_broker[tp(0)] = committed
    await consumer.perform_seek()
    await consumer.commit()
    assert consumer.commits == []
    consumer.set_cursor(tp(0), 1)
    await consumer.commit()
    assert consumer.commits == [{tp(0): 1}]


async def test_a_seek_forgets_the_cursors_and_learns_what_is_committed() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.set_cursor(tp(0), 99)
    consumer.committed_at_broker[tp(0)] = 40
    await consumer.perform_seek()
    await consumer.commit()
    assert consumer.commits == []
    consumer.set_cursor(tp(0), 39)
    await consumer.commit()
    assert consumer.commits == []
    consumer.set_cursor(tp(0), 41)
    await consumer.commit()
    assert consumer.commits == [{tp(0): 41}]


async def test_a_partition_that_is_not_ours_any_more_is_not_committed() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    consumer.set_cursor(tp(0), 5)
    consumer.set_cursor(tp(1), 5)
    await consumer.on_partitions_revoked({tp(0)})
    consumer.assigned.discard(tp(0))
    await consumer.commit()
    assert consumer.commits == [{tp(1): 5}]


async def test_a_partition_that_comes_back_is_not_committed_below_what_its_other_owner_committed() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.set_cursor(tp(0), 5)
    await consumer.on_partitions_revoked({tp(0)})
    consumer.committed_at_broker[tp(0)] = 100
    await consumer.commit()
    assert consumer.commits == []


@pytest.mark.parametrize("gap", [(0, 10), (5, 5), (3, 2)])
async def test_a_gap_is_not_done_because_faust_skipped_it(gap: tuple[int, int]) -> None:
    consumer = scripted_consumer({tp(0)})
    consumer._committed_offset[tp(0)] = 1
    await consumer._add_gap(tp(0), *gap)
    await acked_batches(consumer, [11])
    await consumer.commit()
    assert consumer.commits == []
    assert not consumer._gap[tp(0)]


async def test_an_error_in_an_agent_commits_no_more_than_the_cursor() -> None:
    consumer = scripted_consumer({tp(0)})
    await acked_batches(consumer, [0])
    consumer.set_cursor(tp(0), 2)
    error: Any = RuntimeError("the agent fell over")
    await consumer.on_task_error(error)
    assert consumer.commits == [{tp(0): 2}]
