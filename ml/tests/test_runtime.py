"""Scoring with onnxruntime: the same as the trained model, row by row or in batches."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.manifest import MODEL_FILE, load_manifest, read_file
from flowserve_ml.runtime import Model, undo_sampling
from flowserve_ml.trees import TREES_FILE

Rows = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def model(models: Path) -> Model:
    return Model.load(models / "1.0")


def test_scores_are_probabilities_and_tell_frauds_from_the_rest(model: Model, rows: Rows) -> None:
    scores = model.score(rows)
    assert scores.shape == (len(rows),)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1
    large = rows[:, FEATURES.index("amount")] > 220
    assert scores[large].mean() > 10 * scores[~large].mean()


def test_a_row_alone_scores_exactly_as_in_a_batch(model: Model, rows: Rows) -> None:
    sample = rows[::97]
    one_by_one = np.concatenate([model.score(row[None, :]) for row in sample])
    assert np.array_equal(one_by_one, model.score(sample))
    assert np.array_equal(model.score(rows)[::97], one_by_one)


def test_scoring_reports_to_nobody_and_leaves_nothing_in_the_home_folder(
    models: Path, tmp_path: Path
) -> None:
    """onnxruntime's own reports begin with an id of the machine that it keeps there."""
    code = "import sys, pathlib, flowserve_ml.runtime as r; r.Model.load(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str((models / "1.0").absolute())]
    subprocess.run(command, cwd=Path(__file__).parent.parent, env={"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_no_rows_give_no_scores(model: Model) -> None:
    assert model.score(np.empty((0, len(FEATURES)))).shape == (0,)


def test_missing_values_are_allowed_everywhere(model: Model) -> None:
    assert np.isfinite(model.score(np.full((2, len(FEATURES)), np.nan))).all()


def test_rows_of_another_width_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match="must have shape"):
        model.score(np.zeros((3, 2)))


def test_the_keep_rate_correction_restores_the_odds() -> None:
    scores = np.array([0.0, 0.5, 1.0])
    assert undo_sampling(scores, 0.1).tolist() == pytest.approx([0.0, 0.1 / 1.1, 1.0])
    assert np.array_equal(undo_sampling(scores, 1.0), scores)


def test_a_damaged_file_never_reaches_onnxruntime(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / "1.0", tmp_path / "1.0"))
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ArtifactError, match="has SHA-256"):
        Model.load(folder)


def test_a_file_that_is_no_model_is_refused_though_its_hash_is_right(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / "1.0", tmp_path / "1.0"))
    (folder / "model.onnx").write_bytes(b"not a model")
    document = json.loads((folder / "manifest.json").read_text())
    document["sha256"] = hashlib.sha256(b"not a model").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(ArtifactError, match="cannot read the model"):
        Model.load(folder)


def test_a_manifest_that_names_too_few_inputs_is_refused(models: Path) -> None:
    manifest = load_manifest(models / "1.0")
    content, trees = (read_file(models / "1.0", manifest, name) for name in (MODEL_FILE, TREES_FILE))
    with pytest.raises(ArtifactError, match="reads 9 inputs, its manifest names 8"):
        Model(replace(manifest, features=manifest.features[:-1]), content, trees)
