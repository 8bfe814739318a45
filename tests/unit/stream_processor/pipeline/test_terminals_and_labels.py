"""What a transaction sees of its terminal, and what of it waits for a label."""

from dataclasses import replace

from schemas.terminal_history import VERSION, Matured
from stream_processor.pipeline.decide import decide
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.pipeline.unlabelled import Unlabelled
from tests.support.actors import NOW_MS, rules
from tests.support.histories import DAY, HOUR
from tests.support.records import NOW, body, codes, decided, fold_of, outcome, request


def genuine_at(second: int) -> Rules:
    book = TerminalBook()
    book.add(Matured(VERSION, "default", "t-1", second, False, True, 0, 1, second, 1))
    return replace(rules(), terminals=book)


def test_a_terminal_is_seen_as_of_the_transaction_but_never_from_long_before_the_mark() -> None:
    moments = [NOW, NOW - HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR]
    records = [request(place, body(place, at=at)) for place, at in enumerate(moments)]
    results = decided(records, PartitionState(), genuine_at(NOW - 10 * DAY))
    since = [outcome(entry)["features"]["terminal_since_genuine"] for entry in results]
    assert since == [10.0, 10 - 1 / 24, 10 - 2 / 24, 10 - 2 / 24]


def test_what_is_scored_waits_for_its_label_and_nothing_else_does() -> None:
    state = PartitionState()
    records = [
        request(0, body(1, at=NOW)),
        request(1, body(1, at=NOW)),
        request(2, body(1, amount=7, at=NOW)),
        request(3, body(2, amount=900_000, at=NOW - HOUR)),
    ]
    results = decided(records, state, rules())
    assert codes(results) == ["scored", "duplicate", "idempotency_conflict", "scored"]
    ids = [fold_of(results[place]).prediction for place in (0, 3)]
    assert list(state.labels.unlabelled) == [
        Unlabelled(NOW - HOUR, 3, "default", "t-1", ids[1], False),
        Unlabelled(NOW, 0, "default", "t-1", ids[0], True),
    ]


def test_late_and_repeated_transactions_do_not_break_a_batch_up() -> None:
    ages = [0, 60, 30, 0]
    records = [request(place, body(place, at=NOW - age)) for place, age in enumerate(ages)]
    again = request(4, body(1, at=NOW - 60))
    decision = decide([*records, again], PartitionState(), rules(), NOW_MS)
    assert codes(decision.results) == ["scored", "scored", "scored", "scored", "duplicate"]
    assert decision.rows is not None
    assert len(decision.rows) == 4
