"""Other thresholds make a new version with the same trees, and figures that belong to them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.cli import main
from flowserve_ml.evaluation.judge import judge, judged_rows
from flowserve_ml.manifest import MODEL_FILE, load_manifest
from flowserve_ml.policy import Policy
from flowserve_ml.rates import SCORES_FILE, count_scores, rates_at
from flowserve_ml.runtime import Model
from flowserve_ml.simulation.frauds import SCENARIO_NAMES
from flowserve_ml.store import current_folder
from flowserve_ml.training.data import Data
from flowserve_ml.training.split import Split
from flowserve_ml.trees import TREES_FILE


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A folder of models of its own, with version 1.0 in use."""
    return Path(shutil.copytree(models, tmp_path / "models"))


def policy(folder: Path, *arguments: str) -> int:
    return main(["policy", "--models", str(folder), *arguments])


def test_thresholds_by_hand_make_a_new_version_of_the_same_trees(folder: Path) -> None:
    assert policy(folder, "--version", "1.1", "--review", "0.1", "--decline", "0.6") == 0
    old, new = (load_manifest(folder / version) for version in ("1.0", "1.1"))
    assert new.policy == Policy(review=0.1, decline=0.6)
    assert new.costs == old.costs
    assert (new.sha256, new.trees_sha256, new.trained_at) == (old.sha256, old.trees_sha256, old.trained_at)
    for name in (MODEL_FILE, TREES_FILE):
        assert (folder / "1.1" / name).read_bytes() == (folder / "1.0" / name).read_bytes()
    assert current_folder(folder) == folder / "1.0"
    card = (folder / "1.1" / "MODEL_CARD.md").read_text()
    assert card.startswith("# Model card: flowserve-fraud 1.1")
    assert "From 0.1000 on" in card
    assert "set by hand" in card
    assert "the trees are those of version 1.0" in card


def test_the_figures_of_the_new_version_are_those_that_judging_again_would_give(
    folder: Path, data: Data
) -> None:
    assert policy(folder, "--version", "1.1", "--review", "0.0123", "--decline", "0.4567", "--use") == 0
    assert current_folder(folder) == folder / "1.1"
    model = Model.load(folder / "1.1")
    split = Split.of(data.transactions.day_count, warm_up_days=14, weeks=1)
    rows = judged_rows(data.transactions, split.test, split.end, split.train)
    again = judge(data.transactions, rows, model.score(data.rows[rows]), model.manifest.policy)
    figures = dict(model.manifest.metrics["test"])
    for name in ("review_share", "decline_share", "review_precision", "decline_precision"):
        assert figures[name] == again[name]
    assert figures["recall_by_scenario"] == again["recall_by_scenario"]
    assert figures["average_precision"] == again["average_precision"]
    assert "segments" not in figures


def test_costs_give_the_thresholds_that_follow_from_them(folder: Path) -> None:
    assert policy(folder, "--version", "1.1", "--cost-review", "6", "--found-in-review", "0.8") == 0
    old, new = (load_manifest(folder / version) for version in ("1.0", "1.1"))
    assert (new.costs.review, new.costs.found_in_review) == (6.0, 0.8)
    assert (new.costs.false_decline, new.costs.missed_fraud) == (
        old.costs.false_decline,
        old.costs.missed_fraud,
    )
    assert new.policy == new.costs.policy() != old.policy
    assert "a review costs 6 and recognises 80% of frauds" in (folder / "1.1" / "MODEL_CARD.md").read_text()


def test_another_version_than_the_one_in_use_may_be_the_source(folder: Path) -> None:
    assert policy(folder, "--version", "1.1", "--review", "0.1", "--use") == 0
    assert policy(folder, "--version", "1.2", "--from", "1.0", "--decline", "0.9") == 0
    assert load_manifest(folder / "1.2").policy.review == load_manifest(folder / "1.0").policy.review
    assert load_manifest(folder / "1.2").training["policy_changed"]["from"] == "1.0"


def test_a_model_that_holds_no_scores_says_that_its_rates_are_unknown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "1.0" / SCORES_FILE).unlink()
    assert policy(folder, "--version", "1.1", "--review", "0.1") == 0
    assert "1.0 holds no scores to tell the rates from" in capsys.readouterr().out
    assert "review_share" not in load_manifest(folder / "1.1").metrics["test"]
    assert "not known at these thresholds" in (folder / "1.1" / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--review", "0.6", "--decline", "0.1"], "0 < review < decline <= 1, not 0.6, 0.1"),
        (["--decline", "1.5"], "0 < review < decline <= 1"),
        (["--review", "nan"], "0 < review < decline <= 1"),
        (["--review", "0.12345"], "at most 4 decimals, 0.12345 has more"),
        (["--cost-review", "0"], "costs must be above 0"),
        (["--cost-review", "1000"], "nothing is worth a review"),
        (["--cost-missed-fraud", "nan"], "costs must be"),
        (["--found-in-review", "1.2"], "found_in_review at most 1"),
        (["--review", "0.1", "--from", "0.9"], "0.9/manifest.json is missing"),
        (["--review", "0.1", "--version", "1.0"], "1.0 exists already: choose another version"),
        (["--review", "0.1", "--version", "../2"], "is no model version"),
    ],
)
def test_what_makes_no_sense_is_said_and_writes_nothing(
    folder: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policy(folder, "--version", "1.1", *arguments) == 1
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["1.0", "current"]


def test_thresholds_that_hold_already_are_no_new_version(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        policy(folder, "--version", "1.1", "--review", str(load_manifest(folder / "1.0").policy.review)) == 1
    )
    assert "has these thresholds already" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--review", "0.1", "--cost-review", "2"]])
def test_either_thresholds_or_costs_are_given(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        policy(folder, "--version", "1.1", *arguments)
    assert "give either thresholds" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"test": {"genuine": 3}}', '{"test": {"genuine": {"x": 1}}}']
)
def test_damaged_scores_are_refused(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "1.0" / SCORES_FILE).write_text(content)
    assert policy(folder, "--version", "1.1", "--review", "0.1") == 1
    assert "does not count scores" in capsys.readouterr().err
    assert not (folder / "1.1").exists()


def test_a_damaged_model_gets_no_new_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "1.0" / TREES_FILE).write_text("{}")
    assert policy(folder, "--version", "1.1", "--review", "0.1") == 1
    assert "has SHA-256" in capsys.readouterr().err
    assert not (folder / "1.1").exists()


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 9_998).flatmap(lambda low: st.tuples(st.just(low), st.integers(low + 1, 10_000))),
)
def test_counts_tell_the_rates_exactly_also_for_scores_on_a_threshold(
    rows: list[tuple[int, int]], steps: tuple[int, int]
) -> None:
    scores = np.array([step for step, _ in rows]) / 10_000
    scenario = np.array([code for _, code in rows], dtype=np.int8)
    chosen = Policy(review=steps[0] / 10_000, decline=steps[1] / 10_000)
    found = rates_at(json.loads(json.dumps(count_scores(scores, scenario, SCENARIO_NAMES))), chosen)
    decisions = [chosen.decide(score) for score in scores.tolist()]
    assert found["review_share"] == round(decisions.count("review") / len(rows), 6)
    assert found["decline_share"] == round(decisions.count("decline") / len(rows), 6)
    for code in np.unique(scenario[scenario > 0]).tolist():
        flagged = [what != "approve" for what, of in zip(decisions, scenario, strict=True) if of == code]
        assert found["recall_by_scenario"][SCENARIO_NAMES[code]] == round(sum(flagged) / len(flagged), 4)
