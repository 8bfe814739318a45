"""A rate is taken from the middle of what was seen, and traffic is the same for everybody."""

import json
from datetime import UTC, datetime

import pytest

from benchmarks.traffic import frauds, traffic
from benchmarks.watch import rate

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_start_and_end_do_not_count() -> None:
    looks = [(0.0, 0), (5.0, 0), (6.0, 100), (7.0, 500), (8.0, 960), (20.0, 1_000)]

    assert rate(looks) == (960 - 100) / 2.0


def test_what_came_within_one_look_has_no_rate() -> None:
    with pytest.raises(ValueError, match="too few"):
        rate([(0.0, 0), (1.0, 1_000)])


def test_flowserve_and_the_floors_read_the_same_transaction() -> None:
    asked = traffic("t", 10, 5, NOW)[3]
    own, plain = json.loads(asked.request()), json.loads(asked.plain())

    assert datetime.fromisoformat(own.pop("occurred_at")).timestamp() * 1_000 == plain.pop("occurred_at")
    assert own.pop("currency") == "EUR"
    assert own == plain


def test_one_in_a_hundred_is_a_repeat_and_one_in_a_hundred_is_reported() -> None:
    asked = traffic("t", 10_000, 100, NOW)

    assert 50 < len(asked) - len({one.transaction_id for one in asked}) < 150
    assert 50 < sum(1 for _ in frauds(asked)) < 150


def test_the_transactions_cover_thirty_days_in_order() -> None:
    asked = traffic("t", 1_000, 100, NOW, repeats=0)
    times = [one.at for one in asked]

    assert times == sorted(times)
    assert NOW.timestamp() - 30 * 86_400 == times[0]
    assert times[-1] < NOW.timestamp()
