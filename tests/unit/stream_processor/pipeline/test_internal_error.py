"""A bug that strikes one record rejects that record alone; one that strikes all stops the process."""

from dataclasses import replace
from typing import Any, cast

import pytest

from flowserve_ml.runtime import Floats
from schemas.topics import PREDICTIONS, REQUESTS
from stream_processor.pipeline.decide import decide
from stream_processor.pipeline.declines import DeclineLimit
from stream_processor.pipeline.memory import CustomerMemory
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.refusal_watch import BrokenScorer
from tests.support.actors import NOW_MS, actor_on, rules
from tests.support.fake_log import FakeBroker
from tests.support.records import body, codes, decided, outcome, remembered, request

AMOUNT_COLUMN = 0


class FailingModel:
    """The committed model, but it cannot bear some amounts."""

    def __init__(self, bad_amounts: set[float] | None) -> None:
        self._real = rules().model
        self._bad = bad_amounts
        self.manifest = self._real.manifest
        self.explain = self._real.explain

    def score(self, rows: Floats) -> Floats:
        if self._bad is None or self._bad & set(rows[:, AMOUNT_COLUMN].tolist()):
            raise FloatingPointError("4111111111111111 is in this message")
        return self._real.score(rows)


def failing(bad_amounts: set[float] | None) -> Rules:
    return replace(rules(), model=cast(Any, FailingModel(bad_amounts)))


def mixed() -> list[Any]:
    bad = 666
    records = [request(place, body(place, amount=bad if place == 2 else 100 + place)) for place in range(5)]
    return [*records, request(5, body(0, amount=100)), request(6, body(2, amount=bad))]


def run(records: list[Any], chosen: Rules) -> tuple[list[Result], PartitionState]:
    state = PartitionState()
    return decided(records, state, chosen), state


def test_only_the_record_that_fails_alone_is_rejected() -> None:
    results, _ = run(mixed(), failing({6.66}))
    expected = ["scored", "scored", "internal_error", "scored", "scored", "duplicate", "internal_error"]
    assert codes(results) == expected
    assert [entry.refused.code for entry in results if entry.refused] == ["internal_error"] * 2


def test_its_neighbours_get_the_very_answers_of_a_batch_without_it() -> None:
    results, state = run(mixed(), failing({6.66}))
    without = [record for record in mixed() if record.offset not in (2, 6)]
    expected, expected_state = run(without, rules())
    assert [entry.value for entry in results if entry.refused is None] == [entry.value for entry in expected]
    histories, expected_histories = (
        [CustomerMemory.unpack(packed).history for packed in found.customers.values()]
        for found in (state, expected_state)
    )
    assert histories == expected_histories


def test_a_repeat_after_the_fall_back_points_to_the_first_answer() -> None:
    reply = [("correlation_id", b"mine"), ("reply_partition", b"0")]
    records = [request(0, body(0, amount=666)), request(1, body(1)), request(2, body(1), reply)]
    results, _ = run(records, failing({6.66}))
    assert results[2].reply is not None
    assert results[2].reply.first_offset == 1


def test_after_the_fall_back_as_many_are_counted_as_declined_and_held() -> None:
    records = [request(n, body(n, f"c-{n}", 666 if n == 3 else 900_000)) for n in range(9)]
    limit = DeclineLimit(share=0.4, minutes=3, fewest=5)
    chosen = replace(failing({6.66}), decline_limit=limit)
    decision = decide(records, PartitionState(), chosen, NOW_MS)
    assert decision.decisions == ["decline"] * 5 + ["review"] * 3
    assert (decision.held, decision.rows) == (3, None)


def test_the_failure_is_logged_with_its_place_and_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    results, _ = run(mixed(), failing({6.66}))
    batch, *told = [vars(record) for record in caplog.records]
    assert (batch["levelname"], batch["error"]) == ("WARNING", "FloatingPointError")
    assert [each["request_id"] for each in told] == [
        outcome(entry)["request_id"] for entry in results if entry.refused
    ]
    for each in told:
        assert each["error"] == "FloatingPointError"
        assert each["where"].startswith("score (")
        assert "test_internal_error.py" in each["where"]
        assert "4111" not in str(each)


def test_the_message_of_the_exception_is_not_echoed() -> None:
    results, _ = run(mixed(), failing({6.66}))
    problem = outcome(results[2])["problem"]
    assert "FloatingPointError" in problem["detail"]
    assert "4111" not in str(problem)


def test_a_rejected_record_may_be_sent_again_and_is_scored_then() -> None:
    state = PartitionState()
    record = request(0, body(0, amount=666))
    assert codes(decided([record], state, failing({6.66}))) == ["internal_error"]
    assert codes(decided([replace(record, offset=1)], state, rules())) == ["scored"]
    assert remembered(state)[0] == 2


async def test_a_model_that_fails_on_everything_stops_the_process_and_decides_nothing_of_the_batch() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    records = [request(place, body(place)) for place in range(200)]
    broker.log(REQUESTS, 0).extend(records)
    actor = actor_on(broker, chosen=lambda: failing(None))
    with pytest.raises(BrokenScorer):
        await actor.handle(cast(Any, records), 0, nowhere)
    assert broker.log(PREDICTIONS, 0) == []


async def nowhere(offset: int) -> None:
    raise AssertionError(f"sent back to {offset}")
