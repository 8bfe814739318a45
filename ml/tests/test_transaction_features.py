"""Features of the transaction alone, against the calendar of the standard library."""

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.features.definitions import FEATURES, TRANSACTION_FEATURES
from flowserve_ml.features.transaction import transaction_features


def features(moment: str, cents: int = 1_000) -> dict[str, float]:
    t = int(datetime.fromisoformat(moment).timestamp())
    return dict(zip(TRANSACTION_FEATURES, transaction_features(t, cents), strict=True))


@given(t=st.integers(-(2**33), 2**33))
def test_weekend_and_night_agree_with_the_calendar_in_utc(t: int) -> None:
    moment = datetime.fromtimestamp(t, UTC)
    _, _, weekend, night = transaction_features(t, 100)
    assert weekend == float(moment.weekday() >= 5)
    assert night == float(moment.hour <= 6)


@pytest.mark.parametrize(("clock", "night"), [("00:00:00", 1.0), ("06:59:59", 1.0), ("07:00:00", 0.0)])
def test_the_six_o_clock_hour_is_still_night(clock: str, night: float) -> None:
    assert features(f"2026-11-23T{clock}Z")["night"] == night


@pytest.mark.parametrize(
    ("moment", "weekend"),
    [("2026-11-20T23:59:59Z", 0.0), ("2026-11-21T00:00:00Z", 1.0), ("2026-11-23T00:00:00Z", 0.0)],
)
def test_the_weekend_begins_on_saturday_and_ends_with_sunday(moment: str, weekend: float) -> None:
    assert features(moment)["weekend"] == weekend


def test_a_zone_does_not_change_the_features_of_an_instant() -> None:
    assert features("2026-11-21T01:30:00+02:00", 20_000) == features("2026-11-20T23:30:00Z", 20_000)


def test_amounts_are_major_units_and_the_tail_is_missing_up_to_its_limit() -> None:
    assert features("2026-11-23T12:00:00Z", 15_001)["amount_tail"] == 150.01
    at_the_limit = features("2026-11-23T12:00:00Z", 15_000)
    assert at_the_limit["amount"] == 150.0
    assert math.isnan(at_the_limit["amount_tail"])


def test_the_readme_explains_every_feature() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", (Path(__file__).parents[1] / "README.md").read_text(), re.M)
    named = []
    for row in rows:
        first, *others = re.findall(r"`([a-z0-9_]+)`", row)
        # `customer_count_1d`, `_7d`: the others share the beginning of the first.
        named += [first, *(first.rpartition("_")[0] + name if name[0] == "_" else name for name in others)]
    assert sorted(named) == sorted(FEATURES)
