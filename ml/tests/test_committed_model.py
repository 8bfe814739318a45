"""The model that is in the repository: whole, small, and sensible on three customers anybody can judge."""

import json
from pathlib import Path

import numpy as np
import pytest

from flowserve_ml.card import CARD_FILE, model_card
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.terminal import UNSEEN_TERMINAL, TerminalHistory
from flowserve_ml.features.vector import feature_row, named_features
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder

MODELS = Path(__file__).parent.parent / "models"
T = 1_790_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(current_folder(MODELS))


def next_row(cents: int) -> tuple[float, ...]:
    """The row of a customer who paid 30.00 a day for a month, and pays `cents` now."""
    history = CustomerHistory()
    for day in range(30):
        history.observe(T + day * DAY, 3_000)
    return feature_row(history, UNSEEN_TERMINAL, T + 30 * DAY, cents)


@pytest.mark.parametrize(
    ("cents", "decision"), [(3_100, "approve"), (15_000, "decline"), (45_000, "decline")]
)
def test_decisions_on_a_steady_customer_are_the_ones_anybody_would_take(
    model: Model, cents: int, decision: str
) -> None:
    rows = np.array([next_row(cents)])
    decided = model.manifest.policy.decide(float(model.score(rows)[0]))
    assert decided == decision
    assert bool(model.explain(rows, [decided])[0]) == (decision != "approve")


def test_it_was_judged_on_a_simulation_it_had_not_seen(model: Model) -> None:
    metrics = model.manifest.metrics
    unseen = [figures for name, figures in metrics.items() if name.startswith("unseen_simulation")]
    assert unseen
    for figures in unseen:
        assert figures["share_of_optimum"]["average_precision"] >= 0.97
        assert figures["share_of_optimum"]["card_precision_100"] >= 0.97
        assert 0.9 < figures["expected_to_actual_frauds"] < 1.1
        assert figures["decline_precision"] > 0.9


def test_its_study_shows_that_the_features_carry_it_and_seeds_do_not(model: Model) -> None:
    study = json.loads((MODELS / model.manifest.version / "study.json").read_text())
    assert study["feature_groups"]["raw fields only"]["average_precision_share"] < 0.5
    shares = [seed["average_precision_share"] for seed in study["seeds"].values()]
    assert min(shares) >= 0.97
    assert max(shares) - min(shares) < 0.02


def test_a_terminal_that_turned_bad_is_noticed_and_named(model: Model) -> None:
    history, terminal = CustomerHistory(), TerminalHistory()
    for day in range(30):
        history.observe(T + day * DAY, 3_000)
        terminal.add(T + day * DAY, fraud=day >= 20, ordinary=True, source=day)
    now = T + 30 * DAY
    before, after = terminal.view(now - 4 * DAY), terminal.view(now)
    scores = []
    for view in (before, after):
        row = feature_row(CustomerHistory.unpack(history.pack())[0], view, now, 3_100)
        scores.append(float(model.score(np.array([row]))[0]))
    assert scores[0] < model.manifest.policy.review < model.manifest.policy.decline < scores[1]
    assert "terminal" in model.explain(np.array([row]), ["decline"])[0][0].code


def test_it_is_small_and_described(model: Model) -> None:
    folder = MODELS / model.manifest.version
    assert (folder / "model.onnx").stat().st_size < 300_000
    assert model.manifest.version in (folder / "MODEL_CARD.md").read_text().splitlines()[0]


def test_a_missing_value_is_none_in_records() -> None:
    assert named_features(next_row(3_100))["amount_tail"] is None
    assert named_features(next_row(45_000))["amount_tail"] == 450.0


def test_a_row_of_another_length_gets_no_names() -> None:
    with pytest.raises(ValueError, match="shorter"):
        named_features([1.0])


def test_its_card_says_what_its_manifest_and_its_study_say(model: Model) -> None:
    folder = current_folder(MODELS)
    card = model_card(model.manifest, json.loads((folder / "study.json").read_text()))
    assert (folder / CARD_FILE).read_text() == card
    assert "None" not in card
