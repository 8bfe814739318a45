"""`flowserve model`: lists, verifies, swaps and rolls back, and puts nothing in use that is not whole."""

import json
import shutil
from pathlib import Path

import pytest

from cli.model import main
from flowserve_ml.store import current_folder

COMMITTED = Path(__file__).parents[3] / "ml/models"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The committed version, the same under another name, and a damaged one."""
    version = current_folder(COMMITTED).name
    for name in (version, "9.9.8-next", "9.9.9-damaged"):
        shutil.copytree(COMMITTED / version, tmp_path / name)
        manifest = tmp_path / name / "manifest.json"
        manifest.write_text(manifest.read_text().replace(f'"{version}"', f'"{name}"', 1))
    (tmp_path / "9.9.9-damaged/model.onnx").write_bytes(b"no model")
    (tmp_path / "current").write_text(version + "\n")
    monkeypatch.setenv("FLOWSERVE_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("PGHOST", str(tmp_path))  # no database there
    return tmp_path


def test_a_swap_and_a_rollback(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = current_folder(models).name
    assert main(["swap", "9.9.8-next"]) == 0
    assert current_folder(models).name == "9.9.8-next"
    assert main(["rollback", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["version"] == before
    assert said.err.count("not noted in the audit trail") == 2
    assert current_folder(models).name == before
    assert main(["list", "--json"]) == 0
    listed = {each["version"]: each["in_use"] for each in json.loads(capsys.readouterr().out)}
    assert listed == {before: True, "9.9.8-next": False, "9.9.9-damaged": False}


def test_a_swap_stands_also_where_the_database_is_named_by_mistake(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGPORT", "abc")
    assert main(["swap", "9.9.8-next"]) == 0
    assert "not noted in the audit trail" in capsys.readouterr().err
    assert current_folder(models).name == "9.9.8-next"


def test_a_damaged_model_is_found_and_not_put_in_use(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = current_folder(models).name
    assert main(["verify", "9.9.9-damaged"]) == 1
    assert main(["swap", "9.9.9-damaged"]) == 1
    assert main(["swap", "7.7"]) == 1
    assert main(["rollback"]) == 1
    said = capsys.readouterr().err
    assert "model.onnx" in said
    assert "none was in use before" in said
    assert current_folder(models).name == before
    assert main(["verify"]) == 0
