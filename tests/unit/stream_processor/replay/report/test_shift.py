"""How the scores moved, against figures worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.replay.report.shift import BINS, histogram, shift, stability

SCORES = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=60)


def test_a_score_on_an_edge_belongs_above_it_and_one_to_the_last_step() -> None:
    counts = histogram(np.array([0.0, 0.02, 0.5, 1.0]))
    assert (counts[0], counts[1], counts[25], counts[-1]) == (1, 1, 1, 1)
    assert len(counts) == BINS


def test_psi_over_the_deciles_of_the_baseline() -> None:
    baseline = np.arange(1, 101) / 100
    # Ten transactions leave the lowest part and enter the highest one.
    candidate = np.where(baseline <= 0.1, 0.99, baseline)
    found = stability(baseline, candidate)
    empty, doubled = 0.5 / 100, 20 / 100
    expected = (empty - 0.1) * math.log(empty / 0.1) + (doubled - 0.1) * math.log(doubled / 0.1)
    assert found["psi"] == pytest.approx(expected)
    assert [part["baseline"] for part in found["parts"]] == [10] * 10
    assert [part["candidate"] for part in found["parts"]] == [0, *[10] * 8, 20]
    assert found["parts"][-1]["up_to"] is None


def test_equal_deciles_make_one_part() -> None:
    baseline = np.array([0.0] * 80 + [0.5] * 20)
    found = stability(baseline, baseline)
    assert [(part["up_to"], part["baseline"]) for part in found["parts"]] == [(0.0, 80), (0.5, 20), (None, 0)]
    assert found["psi"] == 0


def test_means_and_the_largest_shift() -> None:
    found = shift(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.5, 0.2]))
    assert found["mean_shift"] == pytest.approx(0.2 / 3)
    assert found["mean_absolute_shift"] == pytest.approx(0.4 / 3)
    assert found["largest_shift"] == pytest.approx(0.3)
    assert found["equal_scores"] == 1


@given(SCORES, SCORES)
def test_psi_is_never_negative_and_nothing_is_lost_between_the_parts(
    baseline: list[float], candidate: list[float]
) -> None:
    found = stability(np.array(baseline), np.array(candidate))
    assert found["psi"] >= 0
    assert sum(part["baseline"] for part in found["parts"]) == len(baseline)
    assert sum(part["candidate"] for part in found["parts"]) == len(candidate)
    assert sum(histogram(np.array(candidate))) == len(candidate)
