"""A simulation may be made as untidy as a real file, by its own seed, and is as tidy as ever without."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import SMALL, START

from flowserve_ml.cli import main
from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.optimum import optimal_scores
from flowserve_ml.prepare.run import prepare
from flowserve_ml.prepare.source import Source
from flowserve_ml.simulation.disturbances import Disturbances, arrival_order, mislabelled
from flowserve_ml.simulation.frauds import OTHER_FRAUD
from flowserve_ml.simulator import Transactions, simulate, truth_of
from flowserve_ml.training.data import read_data

SIZE = ["--days", "40", "--customers", "100", "--terminals", "200", "--seed", "3"]


def test_late_rows_come_after_their_time_and_the_others_in_order(transactions: Transactions) -> None:
    order = arrival_order(transactions.times, Disturbances(late=0.05), seed=1)
    assert np.array_equal(np.sort(order), np.arange(len(transactions)))
    times = transactions.times[order]
    behind = np.maximum.accumulate(times) - times
    assert 0.03 < (behind > 0).mean() < 0.06
    assert 3 * 3_600 < behind.max() <= 6 * 3_600


def test_a_row_that_comes_twice_comes_within_the_hour(transactions: Transactions) -> None:
    order = arrival_order(transactions.times, Disturbances(duplicates=0.02), seed=1)
    numbers, counts = np.unique(order, return_counts=True)
    assert np.array_equal(numbers, np.arange(len(transactions)))
    assert counts.max() == 2
    assert (counts == 2).mean() == pytest.approx(0.02, abs=0.005)


def test_wrong_labels_are_as_many_frauds_missed_as_genuine_reported(transactions: Transactions) -> None:
    noisy = mislabelled(transactions, 0.1, seed=1)
    wrong = noisy.is_fraud != transactions.is_fraud
    assert noisy.is_fraud.sum() == transactions.is_fraud.sum()
    assert wrong.sum() == 2 * round(0.1 * transactions.is_fraud.sum())
    assert (noisy.scenario[wrong & noisy.is_fraud] == OTHER_FRAUD).all()


def test_amounts_drift_by_the_month(transactions: Transactions) -> None:
    grown = simulate(replace(SMALL, drift_per_month=0.1), START, seed=3)
    assert np.array_equal(grown.times, transactions.times)
    ordinary = (grown.scenario == 0) & (transactions.scenario == 0) & (transactions.cents > 2_000)
    ratio = grown.cents[ordinary] / transactions.cents[ordinary]
    assert ratio[0] == pytest.approx(1, abs=0.01)
    assert ratio[-1] == pytest.approx(1.1 ** (70 / 30), rel=0.02)
    with pytest.raises(InputError, match="best possible scorer is not known"):
        optimal_scores(grown, truth_of(replace(SMALL, drift_per_month=0.1), 3), np.array([5_000]))


def test_newcomers_have_no_past_and_the_others_are_there_from_the_start(transactions: Transactions) -> None:
    drawn = simulate(replace(SMALL, newcomers=0.4), START, seed=3)
    first = [drawn.days[drawn.customers == customer].min() for customer in np.unique(drawn.customers)]
    assert 0.25 < np.mean(np.array(first) > 7) < 0.45
    assert len(drawn) < 0.9 * len(transactions)


def test_the_same_seed_disturbs_in_the_same_way(transactions: Transactions) -> None:
    untidy = Disturbances(late=0.1, duplicates=0.1)
    first, again, other = (arrival_order(transactions.times, untidy, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:100], other[:100])


def test_prepare_meets_late_and_repeated_rows_and_mends_both(tmp_path: Path) -> None:
    tidy, untidy, said = tmp_path / "tidy.parquet", tmp_path / "untidy.parquet", io.StringIO()
    assert main(["simulate", *SIZE, "--output", str(tidy)]) == 0
    shares = ["--late", "0.05", "--duplicates", "0.01"]
    assert main(["simulate", *SIZE, *shares, "--output", str(untidy)]) == 0
    times = pa.parquet.read_table(untidy)["occurred_at"].to_pylist()
    assert times != sorted(times)
    assert len(times) > pa.parquet.read_metadata(tidy).num_rows
    with pytest.raises(InputError, match="rows were rejected"):
        prepare(Source(untidy), tmp_path / "out.parquet", 0.0, said)
    prepare(Source(untidy), tmp_path / "out.parquet", 0.02, said)
    assert "was seen before in this file" in said.getvalue()
    assert "not in time order" in said.getvalue()
    mended, clean = (read_data(path, said) for path in (tmp_path / "out.parquet", tidy))
    assert np.array_equal(np.sort(mended.transactions.times), clean.transactions.times)
    assert mended.truth is not None


@pytest.mark.parametrize("knob", ["--label-noise", "--drift"])
def test_without_a_best_possible_scorer_the_file_claims_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], knob: str
) -> None:
    path = tmp_path / "noisy.parquet"
    assert main(["simulate", *SIZE, knob, "0.1", "--output", str(path)]) == 0
    assert "no best possible scorer is known" in capsys.readouterr().err
    assert read_data(path, io.StringIO()).truth is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--late", "1"], "late must be at least 0 and below 1"),
        (["--duplicates", "-0.1"], "duplicates must be at least 0"),
        (["--label-noise", "nan"], "label_noise must be at least 0"),
        (["--drift", "-1"], "drift_per_month must be above -1"),
        (["--newcomers", "1.5"], "newcomers must be a share"),
    ],
)
def test_shares_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *SIZE, *arguments, "--output", str(tmp_path / "x.csv")]) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
