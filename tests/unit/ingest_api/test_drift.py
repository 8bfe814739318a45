"""Drift over REST: the figures that a scorer would give, from a client's own rows, if there are enough."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowserve_ml import drift as ml
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.store import current_folder
from ingest_api.drift import Bins, Drift, DriftBook, psi, read_baseline

MODELS = Path("ml/models")
VERSION = current_folder(MODELS).name


def some_rows(count: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    random = np.random.default_rng(5)
    rows = random.exponential(30.0, (count, len(FEATURES)))
    rows[random.random(rows.shape) < 0.2] = np.nan
    return rows


class Rows:
    """What the store would give, and how often it was asked."""

    def __init__(self, count: int) -> None:
        self.rows = some_rows(count)
        self.asked = 0

    async def load(self) -> list[str]:
        self.asked += 1
        return [json.dumps({"score": 1, "features": _named(row)}) for row in self.rows]


def _named(row: "np.ndarray[Any, np.dtype[np.float64]]") -> dict[str, float | None]:
    """Of any feature that may be missing: who counts them need not know which may be."""
    return {
        name: None if np.isnan(value) else float(value) for name, value in zip(FEATURES, row, strict=True)
    }


async def test_the_figures_are_those_that_a_scorer_would_give() -> None:
    rows = Rows(1_500)
    found = await DriftBook(MODELS, lambda: 0.0).of("c", VERSION, rows.load)
    manifest = json.loads((MODELS / VERSION / "manifest.json").read_text())
    baseline = ml.Baseline.of(manifest["training"])
    assert baseline is not None
    assert found.rows == 1_500
    assert found.psi == pytest.approx(baseline.psi(baseline.counts(rows.rows)), abs=1e-4)


async def test_too_few_rows_tell_nothing() -> None:
    assert await DriftBook(MODELS, lambda: 0.0).of("c", VERSION, Rows(999).load) == Drift(999, None)


@pytest.mark.parametrize("version", ["0.0.0", "../secrets", "a/b", ""])
async def test_a_model_that_is_not_here_tells_nothing(version: str) -> None:
    assert await DriftBook(MODELS, lambda: 0.0).of("c", version, Rows(1_000).load) == Drift(1_000, None)


def test_a_manifest_without_a_baseline_or_a_broken_one_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    for text in ('{"training": {}}', "{", '{"training": {"drift_baseline": {"amount": {"edges": "x"}}}}'):
        (tmp_path / "1" / "manifest.json").write_text(text)
        assert read_baseline(tmp_path, "1") is None


async def test_an_answer_is_kept_for_a_minute_for_its_client_only() -> None:
    now, rows = [0.0], Rows(10)
    book = DriftBook(MODELS, lambda: now[0])
    for at, client, asked in ((0, "a", 1), (59, "a", 1), (59, "b", 2), (61, "a", 3)):
        now[0] = at
        await book.of(client, VERSION, rows.load)
        assert rows.asked == asked


def test_a_missing_value_has_its_own_bin() -> None:
    bins = Bins([1.0], [0.5, 0.25, 0.25])
    assert psi(bins, [0.0, 1.0, 2.0, None]) == pytest.approx(0)
    assert psi(bins, [None] * 4) > 1
