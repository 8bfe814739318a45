"""Requests for demonstrations: valid in form, ascending, reproducible, and some of them suspicious."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowserve_ml.cli import main
from flowserve_ml.errors import InputError
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.terminal import UNSEEN_TERMINAL
from flowserve_ml.features.vector import feature_row
from flowserve_ml.generate import transactions as generate
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COMMITTED = Path(__file__).parent.parent / "models"


def some(count: int = 2_000, seed: int = 1) -> list[dict[str, Any]]:
    return list(generate(count, 50, 500, seed, NOW))


def test_requests_have_the_form_of_the_api() -> None:
    for request in some(200):
        assert list(request) == [
            "transaction_id",
            "customer_id",
            "terminal_id",
            "amount",
            "currency",
            "occurred_at",
        ]
        assert type(request["amount"]) is int
        assert request["amount"] >= 1
        assert request["currency"] == "EUR"


def test_ids_are_unique_also_between_seeds_and_runs() -> None:
    runs = [some(500, seed=1), some(500, seed=2), generate(500, 50, 500, 1, NOW + timedelta(seconds=1))]
    assert len({request["transaction_id"] for run in runs for request in run}) == 1_500


def test_times_ascend_within_the_thirty_days_before_now() -> None:
    times = [datetime.fromisoformat(request["occurred_at"]) for request in some()]
    assert times == sorted(times)
    assert NOW - timedelta(days=30) <= times[0]
    assert times[-1] < NOW


def test_the_same_arguments_give_the_same_requests() -> None:
    assert some() == some()
    assert some(seed=1) != some(seed=2)


def test_every_decision_occurs_with_the_committed_model() -> None:
    model = Model.load(current_folder(COMMITTED))
    histories: dict[str, CustomerHistory] = {}
    rows = []
    for request in some(5_000):
        history = histories.setdefault(request["customer_id"], CustomerHistory())
        t = int(datetime.fromisoformat(request["occurred_at"]).timestamp())
        rows.append(feature_row(history, UNSEEN_TERMINAL, t, request["amount"]))
    decisions = [model.manifest.policy.decide(score) for score in model.score(np.array(rows))]
    assert {"approve", "review", "decline"} == set(decisions)
    assert decisions.count("approve") > 4_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kafka", "localhost"], "write HOST:PORT, for example localhost:9092"),
        (["--kafka", "kafka://localhost:9092"], "write HOST:PORT"),
        (["--kafka", ""], "write HOST:PORT"),
        (["--kafka", "localhost:9092", "--client-id", ""], "--client-id must not be empty"),
        (["--kafka", "localhost:9092", "--topic", ""], "must not be empty"),
        (["--kafka", "localhost:9092", "--rate", "-1"], "--rate must be above 0"),
        (["--kafka", "localhost:9092", "--rate", "nan"], "--rate must be above 0"),
    ],
)
def test_options_of_kafka_that_make_no_sense_are_refused_before_a_library_is_needed(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_requests_go_to_the_api_or_to_kafka_not_to_both(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["generate", "--kafka", "localhost:9092", "--to", "http://localhost:8000"])
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "customers", "now", "message"),
    [
        (-1, 5, NOW, "count must not be negative"),
        (1, 0, NOW, "customers must be above 0"),
        (1, 5, NOW.replace(tzinfo=None), "time zone"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    count: int, customers: int, now: datetime, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        next(generate(count, customers, 10, 1, now))
