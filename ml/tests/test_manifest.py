"""A manifest is read strictly, and each way to be wrong has its own message."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowserve_ml.errors import ArtifactError
from flowserve_ml.manifest import MODEL_FILE, load_manifest, read_file
from flowserve_ml.trees import TREES_FILE

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models / "1.0", tmp_path / "1.0"))


def change(folder: Path, edit: Change) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    edit(document)
    (folder / "manifest.json").write_text(json.dumps(document))


def test_a_manifest_reads_back_as_it_was_written(folder: Path) -> None:
    manifest = load_manifest(folder)
    assert manifest.to_json() == (folder / "manifest.json").read_text()
    assert manifest.rates["EUR"] == 1.0


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"manifest.json is missing"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[1, 2]", b"null"])
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"not valid JSON|must be an object"):
        load_manifest(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda m: m.pop("sha256"), "sha256 is missing"),
        (lambda m: m.update(sha256="abc"), "sha256 must be 64"),
        (lambda m: m.update(extra=1), "unknown field extra"),
        (lambda m: m["policy"].update(block=0.9), "unknown field policy.block"),
        (lambda m: m["policy"].update(review=0), "policy.review must be a number above 0"),
        (lambda m: m["policy"].update(review=0.9, decline=0.5), "0 < review < decline"),
        (lambda m: m["costs"].update(review=0), "costs.review must be a number above 0"),
        (lambda m: m["costs"].update(found_in_review=2), "costs.found_in_review must be"),
        (lambda m: m["costs"].update(review=1e9), "nothing is worth a review"),
        (lambda m: m.update(keep_rate=True), "keep_rate must be a number"),
        (lambda m: m.update(keep_rate=1.5), "keep_rate must be a number"),
        (lambda m: m.update(features=["amount", "moon_phase"]), "unknown feature 'moon_phase'"),
        (lambda m: m["features"].reverse(), "must follow the order"),
        (lambda m: m.update(features=["amount", "amount"]), "must follow the order"),
        (lambda m: m.update(features=[]), "must be a list"),
        (lambda m: m.update(definitions_version=99), "trained on feature definitions 99"),
        (lambda m: m.update(definitions_version="1"), "definitions_version must be a whole number"),
        (lambda m: m["rates"].update(USD=-1), "positive rate, not 'USD'"),
        (lambda m: m["rates"].update(QQQ=1), "known currency"),
        (lambda m: m["rates"].update(EUR=2.0), "base currency EUR must have rate 1"),
        (lambda m: m.update(libraries={"numpy": 2}), "libraries must be an object of texts"),
        (lambda m: m.update(metrics=[]), "metrics must be an object"),
        (lambda m: m.update(version="1.1"), "lies in folder '1.0'"),
        (lambda m: m.update(name=""), "name must be a text"),
    ],
)
def test_a_field_that_is_wrong_is_named(folder: Path, edit: Change, message: str) -> None:
    change(folder, edit)
    with pytest.raises(ArtifactError, match=message):
        load_manifest(folder)


@pytest.mark.parametrize("name", [MODEL_FILE, TREES_FILE])
def test_a_file_of_another_hash_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ArtifactError, match="has SHA-256"):
        read_file(folder, load_manifest(folder), name)


@pytest.mark.parametrize("name", [MODEL_FILE, TREES_FILE])
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing"):
        read_file(folder, load_manifest(folder), name)
