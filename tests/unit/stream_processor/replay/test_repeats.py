"""What counts as a repeat in a replay: the same as live, with what the scorer remembers and no more."""

import pytest

from flowserve_ml.features.definitions import HORIZON_SECONDS, MAX_REMEMBERED_ROWS
from schemas.transaction import Transaction
from tests.support.live_scorers import LiveScorers
from tests.unit.stream_processor.replay.histories import CLIENT, history_of, outcomes, transaction

SCORED, DUPLICATE, CONFLICT = "scored", "duplicate", "rejected"


def statuses(asked: list[Transaction]) -> list[str]:
    found: list[str] = outcomes(history_of(asked))["status"].tolist()
    return found


def test_the_same_body_is_a_duplicate_and_another_is_a_conflict() -> None:
    asked = [transaction(1), transaction(1), transaction(1, amount=1_001), transaction(1, after=1)]
    assert statuses(asked) == [SCORED, DUPLICATE, CONFLICT, CONFLICT]


def test_another_customer_may_use_the_same_transaction_id() -> None:
    assert statuses([transaction(1), transaction(1, customer="c-2")]) == [SCORED] * 2


@pytest.mark.parametrize(("age", "status"), [(HORIZON_SECONDS - 1, CONFLICT), (HORIZON_SECONDS, SCORED)])
def test_an_id_is_free_again_after_the_horizon(age: int, status: str) -> None:
    assert statuses([transaction(1), transaction(1, after=age)]) == [SCORED, status]


@pytest.mark.parametrize("between", [MAX_REMEMBERED_ROWS - 1, MAX_REMEMBERED_ROWS])
def test_beyond_the_rows_that_are_remembered_of_a_customer_a_repeat_is_new_as_it_is_live(
    between: int,
) -> None:
    asked = [transaction(0)]
    asked += [transaction(number, after=number) for number in range(1, between + 1)]
    asked.insert(2, transaction(1, after=1))  # a repeat takes no room
    asked.append(transaction(0, after=between + 1))
    expected = LiveScorers(CLIENT, 1).run(asked)[-1]["status"]
    assert (expected == "scored") == (between == MAX_REMEMBERED_ROWS)
    found = statuses(asked)[-1]
    assert found == (SCORED if expected == "scored" else CONFLICT)
