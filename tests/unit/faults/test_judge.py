"""A judge that never says no is none: what is missing, repeated or different is found."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from schemas.topics import PREDICTIONS
from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.fake_log import FakeRecord
from tests.support.oracle import Judge, Verdict
from tests.support.records import body, decided, request

REQUESTS = [request(number, body(number)) for number in range(6)]


@pytest.fixture(scope="module")
def answers() -> list[FakeRecord]:
    results = decided(REQUESTS, PartitionState(), rules())
    return [
        FakeRecord(PREDICTIONS, 0, offset, 0, entry.key, entry.value, entry.headers)
        for offset, entry in enumerate(results)
    ]


def verdict_on(answered: list[FakeRecord], judge: Judge | None = None, first: int = 0) -> Verdict:
    return (judge or Judge()).judge({0: cast(Any, REQUESTS[first:])}, {0: cast(Any, answered)})


def changed(answer: FakeRecord, **members: object) -> FakeRecord:
    return replace(answer, value=json.dumps(json.loads(answer.value or b"") | members).encode())


def test_nothing_is_wrong_with_what_the_pipeline_decides(answers: list[FakeRecord]) -> None:
    verdict = verdict_on(answers)
    assert (verdict.decided, verdict.undecided, verdict.repeats, verdict.wrong) == (6, 0, 0, [])


def test_a_request_without_an_outcome_is_found(answers: list[FakeRecord]) -> None:
    assert verdict_on(answers[:-1]).undecided == 1


def test_a_feature_that_differs_is_a_different_state(answers: list[FakeRecord]) -> None:
    features = json.loads(answers[3].value or b"")["features"] | {"customer_count_1d": 99}
    verdict = verdict_on([*answers[:3], changed(answers[3], features=features), *answers[4:]])
    assert verdict.wrong_state == ["0/3: customer_count_1d is 99, should be 4"] == verdict.wrong


def test_another_transactions_answer_is_wrong(answers: list[FakeRecord]) -> None:
    verdict = verdict_on([*answers[:5], changed(answers[5], transaction_id="tx-1")])
    assert verdict.wrong == ["0/5: answers tx-1, asked for tx-5"]
    assert verdict.wrong_state == []


def test_the_first_result_counts_also_when_the_second_comes_much_later(answers: list[FakeRecord]) -> None:
    judge = Judge()
    late = changed(answers[0], transaction_id="tx-zombie")
    assert verdict_on([*answers, late], judge).wrong == []
    after = judge.judge({0: []}, {0: cast(Any, [late])})
    assert (after.repeats, after.wrong, after.answers) == (1, [], {})


def test_an_outcome_that_answers_no_request_is_found(answers: list[FakeRecord]) -> None:
    verdict = Judge().judge({0: cast(Any, REQUESTS[:5])}, {0: cast(Any, answers)})
    assert verdict.wrong == ["0/5: answers no request"]


def test_a_request_that_must_be_refused_and_is_not_is_found(answers: list[FakeRecord]) -> None:
    asked, answered = {0: cast(Any, REQUESTS)}, {0: cast(Any, answers)}
    verdict = Judge().judge(asked, answered, {(0, 2), (1, 3)})
    assert verdict.wrong[0] == "0/2: is scored, should be rejected"
