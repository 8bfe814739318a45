"""From a trained artifact to live answers: verified, swapped without a restart, equal to offline."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support import requests
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder of this module's own."""
    folder = tmp_path_factory.mktemp("swap") / "models"
    shutil.copytree("ml/models", folder)
    return folder


@pytest.fixture(scope="module")
def inherited(models: Path) -> dict[str, str]:
    """The usual environment, with that folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}
    return kept | {"FLOWSERVE_MODELS_DIR": str(models)}


def artifact(models: Path, folder: Path, version: str) -> Path:
    """The model in use under another version, as one would make it to change the thresholds."""
    current = (models / "current").read_text().strip()
    copy = folder / version
    shutil.copytree(models / current, copy)
    manifest = copy / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"version": "{current}"', f'"version": "{version}"'))
    return copy


def connect(stack: RunningStack, models: Path, found: Path) -> subprocess.CompletedProcess[str]:
    """Runs the integration script as its user would."""
    command = [sys.executable, "-m", "flowserve_ml", "connect"]
    command += ["--artifact", str(found), "--models", str(models), "--url", stack.url]
    environment = stack.environment | {"FLOWSERVE_API_KEY": stack.key}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


async def test_an_artifact_is_taken_in_without_a_restart_and_answers_as_it_did_offline(
    stack: RunningStack, client: httpx.AsyncClient, models: Path, tmp_path: Path
) -> None:
    before = await requests.scored(client, requests.body())
    scorer = stack.scorer.pid
    done = connect(stack, models, artifact(models, tmp_path, "test-swap"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal the offline scores" in done.stdout + done.stderr
    after = await requests.scored(client, requests.body())
    assert (before["model"]["version"] != "test-swap", after["model"]["version"]) == (True, "test-swap")
    assert stack.scorer.pid == scorer


async def test_a_damaged_artifact_is_refused_and_the_old_model_goes_on(
    stack: RunningStack, client: httpx.AsyncClient, models: Path, tmp_path: Path
) -> None:
    before = await requests.scored(client, requests.body())
    damaged = artifact(models, tmp_path, "test-damaged")
    model = damaged / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"\0\0")
    done = connect(stack, models, damaged)
    assert done.returncode != 0
    assert "model.onnx" in done.stdout + done.stderr
    after = await requests.scored(client, requests.body())
    assert after["model"] == before["model"]
