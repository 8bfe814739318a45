"""What the transport hands to the actors: whole fetched batches of partitions that are theirs just now."""

from typing import Any, cast

import pytest
from aiokafka.errors import IllegalStateError
from faust.types.tuples import TP

from stream_processor.scorer.transport import RawSchema
from tests.support.consumers import ScriptedConsumer, consumer_records, fetched, scripted_consumer, tp


def known_actors(consumer: ScriptedConsumer) -> dict[TP, Any]:
    return cast(dict[TP, Any], cast(Any, consumer.app.topics)._tp_to_callback)


async def test_one_event_is_one_fetched_batch_of_one_partition() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    batches = {tp(0): consumer_records(0, 10, 3), tp(1): consumer_records(1, 7, 1)}
    consumer.fetches = [batches]
    delivered = await fetched(consumer)
    assert [place for place, _ in delivered] == list(batches)
    assert [cast(Any, message.value) for _, message in delivered] == list(batches.values())
    assert [message.offset for _, message in delivered] == [12, 7]


async def test_an_empty_batch_is_no_event() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.fetches = [{tp(0): []}]
    assert await fetched(consumer) == []


async def test_the_schema_hands_the_batch_over_as_it_is() -> None:
    consumer = scripted_consumer({tp(0)})
    batch = consumer_records(0, 0, 2)
    consumer.fetches = [{tp(0): batch}]
    ((_, message),) = await fetched(consumer)
    assert RawSchema().loads_value(consumer.app, message) is batch


async def test_batches_of_an_old_generation_are_not_delivered() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2), tp(1): consumer_records(1, 0, 2)}]
    delivered = []
    async for place, _ in consumer.getmany(timeout=1.0):
        delivered.append(place)
        consumer.app.consumer_generation_id = 2
    assert delivered == [tp(0)]


async def test_nothing_is_delivered_once_the_flow_stops_between_two_batches() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2), tp(1): consumer_records(1, 0, 2)}]
    delivered = []
    async for place, _ in consumer.getmany(timeout=1.0):
        delivered.append(place)
        consumer.stop_flow()
    assert delivered == [tp(0)]


async def test_what_was_fetched_while_the_flow_stopped_is_sought_again_and_not_delivered() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2)}]
    consumer.on_fetched = consumer.stop_flow
    assert await fetched(consumer) == []
    assert consumer.seeks == 1


async def test_a_stopped_flow_between_two_assignments_is_no_error() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2)}]
    consumer.assigned = set()
    consumer.on_fetched = consumer.stop_flow
    assert await fetched(consumer) == []


async def test_a_partition_whose_actor_the_conductor_does_not_know_is_not_delivered() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    del known_actors(consumer)[tp(0)]
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2), tp(1): consumer_records(1, 0, 2)}]
    assert [place for place, _ in await fetched(consumer)] == [tp(1)]


async def test_a_partition_that_was_taken_away_is_not_delivered() -> None:
    consumer = scripted_consumer({tp(0), tp(1)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2), tp(1): consumer_records(1, 0, 2)}]
    consumer.on_fetched = lambda: consumer.pause_partitions({tp(0)})
    assert [place for place, _ in await fetched(consumer)] == [tp(1)]


async def test_a_partition_whose_buffer_is_full_still_gets_what_was_fetched_already() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2)}]
    consumer.on_fetched = lambda: consumer.on_buffer_full(tp(0))
    assert [place for place, _ in await fetched(consumer)] == [tp(0)]


async def test_the_map_of_read_offsets_never_makes_faust_drop_a_batch() -> None:
    consumer = scripted_consumer({tp(0)})
    consumer._read_offset[tp(0)] = 500
    assert consumer._read_offset[tp(0)] is None
    consumer._read_offset.update({tp(0): 500})
    assert consumer._read_offset[tp(0)] is None
    consumer._read_offset.pop(tp(0), None)


async def test_a_partition_that_is_taken_away_while_its_offset_is_looked_up_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """aiokafka looks up the partitions of the moment and seeks them after the answer."""
    consumer = scripted_consumer({tp(0)})
    consumer.fetches = [{tp(0): consumer_records(0, 0, 2)}]

    async def seek_to_committed() -> None:
        raise IllegalStateError("No current assignment for partition")

    monkeypatch.setattr(consumer, "seek_to_committed", seek_to_committed)
    consumer.on_fetched = consumer.stop_flow
    assert await fetched(consumer) == []
