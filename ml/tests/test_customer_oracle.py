"""Streamed features against an independent one: pandas for the calendar, brute force over whole columns.

The oracle keeps nothing up to date: for each row it looks at all earlier rows of the log. Seeded
mistakes show that the comparison would see them.
"""

import io
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.simulator import Transactions
from flowserve_ml.training.matrix import feature_matrix

DAY = 86_400
COUNTS = [name for name in FEATURES if "count" in name or "anomalies" in name or name in ("weekend", "night")]


@pytest.fixture(scope="module")
def log(transactions: Transactions) -> Transactions:
    """At least 20,000 rows in log order, with late rows, rows of the same second and one long absence."""
    rng = np.random.default_rng(11)
    chosen = np.nonzero(transactions.customers < 160)[0]
    times = transactions.times[chosen].copy()
    customers = transactions.customers[chosen]
    late = rng.random(len(times)) < 0.03
    times[late] -= rng.integers(1, 2 * DAY, int(late.sum()))
    for customer in range(160):
        mine = np.nonzero(customers == customer)[0]
        tied = mine[1:][rng.random(len(mine) - 1) < 0.05]
        times[tied] = times[mine[np.searchsorted(mine, tied) - 1]]
    present = (customers != 0) | (times < times[0] + 10 * DAY) | (times > times[0] + 56 * DAY)
    picked = chosen[present]
    assert len(picked) > 20_000
    return replace(
        transactions,
        times=times[present],
        customers=customers[present],
        terminals=transactions.terminals[picked],
        cents=transactions.cents[picked],
        scenario=transactions.scenario[picked],
    )


def expected(log: Transactions, mistake: str = "") -> pd.DataFrame:
    frame = pd.DataFrame({"t": log.times, "customer": log.customers, "cents": log.cents})
    moment = pd.to_datetime(frame["t"], unit="s", utc=True)
    amount = frame["cents"] / 100
    result = pd.DataFrame(
        {
            "amount": amount,
            "amount_tail": amount.where(amount > 150),
            "weekend": moment.dt.day_of_week.isin([5, 6]).astype(float),
            "night": (moment.dt.hour < (6 if mistake == "night ends at six" else 7)).astype(float),
        }
    )
    columns = list(FEATURES[4:])
    parts = [
        pd.DataFrame(
            _customer(group["t"].to_numpy(), group["cents"].to_numpy(), mistake),
            columns=columns,
            index=group.index,
        )
        for _, group in frame.groupby("customer")
    ]
    return pd.concat([result, pd.concat(parts)], axis=1)[list(FEATURES)]


def _customer(t: npt.NDArray[np.int64], cents: npt.NDArray[np.int64], mistake: str) -> list[list[float]]:
    ratios = _ratios(t, cents / 100)
    return [_row(t, cents, ratios, i, mistake) for i in range(len(t))]


def _row(
    t: npt.NDArray[np.int64],
    cents: npt.NDArray[np.int64],
    ratios: npt.NDArray[np.float64],
    i: int,
    mistake: str,
) -> list[float]:
    order = np.arange(len(t))
    known = order <= i
    if mistake == "same second counts later rows":
        known = known | (t == t[i])
    if mistake == "current row left out":
        known = order < i
    row: list[float] = []
    for days in (1, 7, 30):
        oldest = t[i] - days * DAY
        if mistake == "calendar days":
            oldest = (t[i] // DAY - days + 1) * DAY - 1
        inside = known & (t <= t[i]) & ((t >= oldest) if mistake == "closed on the left" else (t > oldest))
        row += [float(inside.sum()), float(cents[inside].sum() / 100 / max(inside.sum(), 1))]
    past = (order < i) & (t <= t[i])
    week = past & (t > t[i] - 7 * DAY)
    fortnight = past & (t > t[i] - 14 * DAY)
    return [*row, ratios[i], ratios[week].max(initial=0.0), float((ratios[fortnight] > 2.5).sum())]


def _ratios(t: npt.NDArray[np.int64], amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    ratios: list[float] = []
    capped: list[float] = []
    for i, amount in enumerate(amounts):
        if i and t[i] - t[:i].max() >= 45 * DAY:
            capped = []
        n = len(capped)
        usual = (sum(capped) + 53) / (n + 1) if n < 20 else sum(capped) / n
        ratios.append(amount / usual)
        capped.append(min(amount, 3 * usual))
    return np.array(ratios)


def test_streamed_features_equal_the_brute_force_ones(log: Transactions) -> None:
    streamed = pd.DataFrame(feature_matrix(log, io.StringIO()), columns=list(FEATURES))
    oracle = expected(log)
    pd.testing.assert_frame_equal(streamed[COUNTS], oracle[COUNTS], check_exact=True)
    pd.testing.assert_frame_equal(streamed, oracle, rtol=1e-9, atol=1e-9)


def test_the_log_holds_what_makes_the_comparison_hard(log: Transactions) -> None:
    frame = pd.DataFrame({"t": log.times, "customer": log.customers})
    steps = frame.groupby("customer")["t"].diff()
    assert (steps == 0).sum() > 500
    assert (steps < 0).sum() > 200
    assert (steps >= 45 * DAY).sum() == 1


@pytest.mark.parametrize(
    "mistake",
    [
        "same second counts later rows",
        "current row left out",
        "calendar days",
        "night ends at six",
    ],
)
def test_the_comparison_sees_a_seeded_mistake(log: Transactions, mistake: str) -> None:
    few = log.customers < 10
    part = replace(
        log,
        times=log.times[few],
        customers=log.customers[few],
        terminals=log.terminals[few],
        cents=log.cents[few],
        scenario=log.scenario[few],
    )
    streamed = feature_matrix(part, io.StringIO())
    assert np.allclose(streamed, expected(part), rtol=1e-9, equal_nan=True)
    assert not np.allclose(streamed, expected(part, mistake), rtol=1e-9, equal_nan=True)


def test_the_comparison_sees_a_window_that_is_closed_on_the_left() -> None:
    times = np.array([0, DAY, 7 * DAY, 30 * DAY]) + 1_790_000_000
    part = Transactions(
        times,
        np.zeros(4, np.int32),
        np.zeros(4, np.int32),
        np.array([100, 200, 300, 400]),
        np.zeros(4, np.int8),
    )
    streamed = feature_matrix(part, io.StringIO())
    assert np.allclose(streamed, expected(part), rtol=1e-9, equal_nan=True)
    assert not np.allclose(streamed, expected(part, "closed on the left"), rtol=1e-9, equal_nan=True)
