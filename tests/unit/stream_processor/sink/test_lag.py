"""The sink's lag, in records and seconds, by topic: what was there at the last fetch and is not stored."""

from schemas import topics
from stream_processor.sink.batch import Place
from stream_processor.sink.lag import SinkLag

FIRST, SECOND = Place(topics.REQUESTS, 0), Place(topics.REQUESTS, 1)
OUTCOMES = Place(topics.PREDICTIONS, 0)


def lag_at(now_ms: int = 10_000) -> SinkLag:
    lag = SinkLag(lambda: now_ms)
    lag.keep((FIRST, SECOND, OUTCOMES))
    for place in (FIRST, SECOND, OUTCOMES):
        lag.stored(place, 100)
        lag.ends_at(place, 100)
    return lag


def test_without_anything_to_do_there_is_no_lag() -> None:
    lag = lag_at()
    assert set(lag.records()) == {"requests", "predictions", "feedback", "dead_letters"}
    assert set(lag.records().values()) == set(lag.seconds().values()) == {0}
    assert lag.partitions() == 3


def test_records_add_up_over_the_partitions_and_seconds_are_the_worst() -> None:
    lag = lag_at()
    for place, end, oldest in ((FIRST, 103, 9_000), (SECOND, 104, 4_000)):
        lag.ends_at(place, end)
        lag.taken(place, 100, oldest)
    assert lag.records()["requests"] == 7
    assert lag.seconds()["requests"] == 6
    lag.stored(SECOND, 104)
    assert lag.records()["requests"] == 3
    assert lag.seconds()["requests"] == 1
    assert lag.records()["predictions"] == 0


def test_what_is_taken_again_waits_since_it_came() -> None:
    lag = lag_at()
    lag.taken(FIRST, 100, 2_000)
    lag.taken(FIRST, 100, 9_000)
    assert lag.seconds()["requests"] == 8


def test_a_batch_that_is_read_while_another_is_stored_waits_as_well() -> None:
    lag = lag_at()
    lag.taken(FIRST, 100, 2_000)
    lag.taken(FIRST, 150, 5_000)
    assert lag.seconds()["requests"] == 8
    lag.stored(FIRST, 150)
    assert lag.seconds()["requests"] == 5
    lag.stored(FIRST, 200)
    assert lag.seconds()["requests"] == 0


def test_partitions_that_went_to_another_sink_are_no_longer_ours_to_wait_for() -> None:
    lag = lag_at()
    lag.ends_at(FIRST, 200)
    lag.taken(FIRST, 100, 0)
    lag.keep([OUTCOMES])
    assert lag.records()["requests"] == lag.seconds()["requests"] == 0
    assert lag.partitions() == 1


def test_a_batch_that_is_stored_after_its_partition_went_makes_it_ours_no_more() -> None:
    lag = lag_at()
    lag.taken(FIRST, 100, 0)
    lag.keep([OUTCOMES])
    lag.taken(FIRST, 150, 0)
    lag.ends_at(FIRST, 200)
    lag.stored(FIRST, 150)
    assert lag.records()["requests"] == lag.seconds()["requests"] == 0
    assert lag.partitions() == 1
