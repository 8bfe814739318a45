"""An artifact reaches a backend whole, and every answer is compared with the offline score.

The backend here is a stand-in that scores with the folder it is given; the real one is tested elsewhere.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from flowserve_ml.cli import main
from flowserve_ml.connect import install, samples
from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.terminal import UNSEEN_TERMINAL
from flowserve_ml.features.vector import feature_row, named_features
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder


class StandIn(ThreadingHTTPServer):
    """Scores what it is sent with the model in use; `shift` makes its scores wrong."""

    def __init__(self, models: Path, shift: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models, self.shift = models, shift
        self.histories: dict[str, CustomerHistory] = {}
        self.newest: str | None = None
        self.waits = 1  # the first request is answered with 202

    def predict(self, request: dict[str, Any]) -> dict[str, Any]:
        model = Model.load(current_folder(self.models))
        history = self.histories.setdefault(request["customer_id"], CustomerHistory())
        t = int(datetime.fromisoformat(request["occurred_at"]).timestamp())
        row = feature_row(history, UNSEEN_TERMINAL, t, request["amount"])
        score = float(model.score(np.array([row]))[0])
        self.newest = model.manifest.version
        return {
            "score": score + self.shift,
            "decision": model.manifest.policy.decide(score),
            "features": named_features(row),
            "model": {"name": model.manifest.name, "version": model.manifest.version},
        }


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        found = self.server.newest
        self._answer(200 if found else 404, {"version": found} if found else {"title": "nothing yet"})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != "Bearer right":
            self._answer(401, {"title": "the key is not known"})
        elif self.server.waits:
            self.server.waits -= 1
            self._answer(202, {"status": "pending"})
        else:
            self._answer(200, self.server.predict(request))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def backend(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StandIn]:
    (tmp_path / "backend").mkdir()
    with StandIn(tmp_path / "backend", getattr(request, "param", 0.0)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def connect(models: Path, backend: StandIn) -> int:
    url = f"http://127.0.0.1:{backend.server_port}"
    where = ["--artifact", str(models / "1.0"), "--models", str(backend.models), "--url", url]
    return main(["connect", *where, "--count", "20", "--wait", "5"])


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWSERVE_API_KEY", "right")


def test_a_connected_model_is_in_use_and_its_answers_are_equal(
    models: Path, backend: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(models, backend) == 0
    assert "1.0: 20 answers equal the offline scores" in capsys.readouterr().out
    assert current_folder(backend.models) == backend.models / "1.0"
    assert connect(models, backend) == 0  # once more changes nothing


@pytest.mark.parametrize("backend", [1e-6], indirect=True)
def test_an_answer_that_differs_is_named(
    models: Path, backend: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(models, backend) == 1
    assert "differ from the offline scores" in capsys.readouterr().err


def test_a_key_that_is_missing_or_refused_is_said(
    models: Path, backend: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWSERVE_API_KEY", "wrong")
    assert connect(models, backend) == 1
    assert "with 401: the key is not known" in capsys.readouterr().err
    monkeypatch.delenv("FLOWSERVE_API_KEY")
    assert connect(models, backend) == 1
    assert "set FLOWSERVE_API_KEY" in capsys.readouterr().err


def test_a_backend_that_is_not_there_is_said(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--artifact", str(models / "1.0"), "--models", str(tmp_path), "--url", "http://127.0.0.1:9"]
    assert main(["connect", *where]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_damaged_artifact_never_reaches_the_backend(models: Path, tmp_path: Path) -> None:
    artifact, target = Path(shutil.copytree(models / "1.0", tmp_path / "1.0")), tmp_path / "backend"
    target.mkdir()
    (artifact / "trees.json").write_text("{}")
    with pytest.raises(ArtifactError, match="has SHA-256"):
        install(artifact, target)
    assert list(target.iterdir()) == []


def test_another_model_of_the_same_version_is_refused(models: Path, tmp_path: Path) -> None:
    install(models / "1.0", tmp_path)
    manifest = tmp_path / "1.0" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"name": "flowserve-fraud"', '"name": "other"'))
    with pytest.raises(ArtifactError, match="another model of the same version"):
        install(models / "1.0", tmp_path)


def test_samples_are_new_customers_and_none_of_them_matures(models_model: Model) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = samples(models_model, 30, now), samples(models_model, 30, now.replace(hour=1))
    customers = {sample.request["customer_id"] for sample in first}
    assert customers.isdisjoint({sample.request["customer_id"] for sample in second})
    oldest = datetime.fromisoformat(first[0].request["occurred_at"])
    assert (now - oldest).total_seconds() < 7 * 86_400


def test_generated_transactions_can_be_sent_at_a_rate(
    models: Path, backend: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    install(models / "1.0", backend.models)
    url = f"http://127.0.0.1:{backend.server_port}"
    assert main(["generate", "--count", "10", "--rate", "200", "--to", url]) == 0
    assert "approve" in capsys.readouterr().out
