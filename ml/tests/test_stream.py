"""Rows of a whole log are folded owner by owner, come in the order of the log, and tell of the progress."""

import io

import numpy as np
import pytest

from flowserve_ml.features.definitions import DAY_SECONDS, FEATURES, HORIZON_SECONDS, MATURITY_SECONDS
from flowserve_ml.features.stream import Log, feature_rows, terminal_rows
from flowserve_ml.features.terminal import UNSEEN_TERMINAL

T = 1_790_000_000
COUNT = FEATURES.index("customer_count_1d")


def log_of(*rows: tuple[int, int, int, int]) -> Log:
    """Each row is (seconds after T, customer, terminal, cents); the first transaction is fraud."""
    later, customers, terminals, cents = (np.array(column) for column in zip(*rows, strict=True))
    frauds = np.arange(len(rows)) == 0
    return Log(T + later, customers.astype(np.int32), terminals.astype(np.int32), cents, frauds)


MIXED = log_of((0, 2, 1, 100), (5, 1, 1, 200), (9, 2, 3, 300), (9, 2, 1, 400))


def test_rows_are_in_the_order_of_the_log_whoever_they_are_of_and_whatever_the_owners_are_called() -> None:
    rows = feature_rows(MIXED)
    assert rows[:, FEATURES.index("amount")].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert rows[:, COUNT].tolist() == [1.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(("silence", "ratio"), [(HORIZON_SECONDS - 1, 1.0), (HORIZON_SECONDS, 2.0)])
def test_a_customer_who_comes_late_is_forgotten_by_the_latest_time_of_the_log(
    silence: int, ratio: float
) -> None:
    log = log_of((0, 0, 0, 15_900), (silence, 1, 0, 200), (silence - DAY_SECONDS, 0, 0, 10_600))
    assert feature_rows(log)[2, FEATURES.index("customer_ratio")] == ratio


def test_each_row_is_told_of_twice_by_its_customer_and_by_its_terminal() -> None:
    told: list[int] = []
    feature_rows(MIXED, advance=told.append)
    assert told == [1, 3, 3, 1]


def test_what_is_done_is_told_to_who_listens() -> None:
    heard = io.StringIO()
    feature_rows(MIXED, heard)
    assert heard.getvalue().splitlines() == [
        "features: 4 rows folded by customer",
        "features: 4 rows folded by terminal",
    ]


@pytest.mark.parametrize(("second", "seen"), [(-1, False), (0, True)])
def test_a_label_has_reached_its_terminal_from_its_maturity_on(second: int, seen: bool) -> None:
    log = log_of((0, 0, 0, 100), (MATURITY_SECONDS + second, 1, 0, 200))
    views = terminal_rows(log, np.array([True, True])).tolist()
    known = [1.0, MATURITY_SECONDS / DAY_SECONDS, 1.0, 45.0]
    assert views == [list(UNSEEN_TERMINAL), known if seen else list(UNSEEN_TERMINAL)]


@pytest.mark.parametrize(("missing", "seen"), [(2, False), (1, True), (0, True)])
def test_with_a_head_start_a_terminal_learns_so_much_earlier_but_nobody_its_own_label(
    missing: int, seen: bool
) -> None:
    log = log_of((0, 0, 0, 100), (1, 1, 0, 200))
    head_start = MATURITY_SECONDS - missing
    views = terminal_rows(log, np.array([True, True]), head_start).tolist()
    known = [1.0, (head_start + 1) / DAY_SECONDS, 1.0, 45.0]
    assert views == [list(UNSEEN_TERMINAL), known if seen else list(UNSEEN_TERMINAL)]
