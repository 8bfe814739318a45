"""When the next batches are fetched: once those in hand are decided, and never much later because of one."""

import asyncio

import pytest
from faust.types.tuples import Message
from mode import Service

from stream_processor.scorer import rounds
from stream_processor.scorer.rounds import Round
from tests.support.consumers import ScriptedConsumer, consumer_records, scripted_consumer, tp


async def test_with_nothing_in_hand_nothing_is_waited_for() -> None:
    round_ = Round()
    over = asyncio.ensure_future(round_.over())
    await asyncio.sleep(0)
    assert over.done()


async def test_a_round_is_over_when_its_last_batch_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LONGEST_SECONDS", 60)
    round_ = Round()
    round_.begun(tp(0))
    round_.begun(tp(1))
    over = asyncio.ensure_future(round_.over())
    await asyncio.sleep(0)
    round_.ended(tp(1))
    await asyncio.sleep(0)
    assert not over.done()
    round_.ended(tp(0))
    await asyncio.wait_for(over, 5)


async def test_a_batch_that_is_stuck_holds_up_the_others_once_and_not_for_long() -> None:
    round_ = Round()
    round_.begun(tp(0))
    assert rounds.LONGEST_SECONDS < 0.1
    await asyncio.wait_for(round_.over(), 5)
    over = asyncio.ensure_future(round_.over())
    await asyncio.sleep(0)
    assert over.done()
    round_.ended(tp(0))


class Fetcher(Service):
    """Stops once the consumer has fetched all of its script."""

    def __init__(self, consumer: ScriptedConsumer) -> None:
        super().__init__()
        self._consumer = consumer

    @property
    def should_stop(self) -> bool:
        return not self._consumer.fetches


async def test_a_full_fetch_is_followed_by_the_next_at_once_and_a_small_one_by_none_before_it_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "LONGEST_SECONDS", 60)
    consumer = scripted_consumer({tp(0)})
    consumer.app.flow_control.resume()
    most = consumer.app.conf.broker_max_poll_records = 5
    delivered: list[Message] = []

    async def deliver(message: Message) -> None:
        delivered.append(message)

    consumer.callback = deliver
    consumer.fetches = [
        {tp(0): consumer_records(0, first, count)} for first, count in ((0, most), (5, 2), (7, 1))
    ]
    draining = asyncio.ensure_future(consumer._drain_messages(Fetcher(consumer)))
    while len(delivered) < 2:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert [message.offset for message in delivered] == [4, 6]
    consumer.ack(delivered[1])
    while len(delivered) < 3:
        await asyncio.sleep(0)
    consumer.ack(delivered[2])
    await asyncio.wait_for(draining, 5)


async def test_a_full_queue_is_given_up_when_the_flow_stops() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.app.conf.broker_max_poll_records = 5
    handed_over = asyncio.Event()

    async def deliver(message: Message) -> None:
        await handed_over.wait()

    consumer.callback = deliver
    consumer.fetches = [{tp(0): consumer_records(0, 0, 1)}]
    draining = asyncio.ensure_future(consumer._drain_messages(Fetcher(consumer)))
    await asyncio.sleep(0.01)
    assert not draining.done()
    consumer.stop_flow()
    await asyncio.wait_for(draining, 5)


@pytest.mark.parametrize("told_to_stop", [True, False])
async def test_a_fetcher_that_is_cancelled_ends_quietly_if_it_was_told_to_stop(told_to_stop: bool) -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.app.conf.broker_max_poll_records = 5
    reached = asyncio.Event()

    async def deliver(message: Message) -> None:
        reached.set()
        await asyncio.Event().wait()

    consumer.callback = deliver
    consumer.fetches = [{tp(0): consumer_records(0, 0, 1)}]
    fetcher = Fetcher(consumer)
    draining = asyncio.ensure_future(consumer._drain_messages(fetcher))
    await asyncio.wait_for(reached.wait(), 5)
    assert fetcher.should_stop
    if not told_to_stop:
        consumer.fetches = [{tp(0): consumer_records(0, 1, 1)}]
    draining.cancel()
    await asyncio.wait((draining,), timeout=5)
    assert draining.cancelled() != told_to_stop
