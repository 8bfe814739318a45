"""`python -m local_stack` around small stand-ins for FlowServe's processes and a Kafka that already runs.

The real processes are driven by the end-to-end tests; here it is the words, the key and the exit codes.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.kafka import Kafka
from local_stack.proc import wait_until

ROOT = Path(__file__).parents[3]
WAITER = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); signal.pause()"
KEYS = """
import os, pathlib, secrets
key = "key-" + secrets.token_hex(4)
pathlib.Path(os.environ["FLOWSERVE_DATA_DIR"], "valid-key").write_text(key)
print(key)
"""
API = """
import http.server, json, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    polls = 0
    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        Handler.polls += self.path != "/health/ready"
        scored = {"status": "scored", "decision": "approve", "score": 0.01}
        pending = Handler.polls < 3
        self.answer(200, {"status": "pending"} if pending else {"status": "scored", "prediction": scored})
    def do_POST(self):
        key = pathlib.Path(os.environ["FLOWSERVE_DATA_DIR"], "valid-key").read_text()
        if self.headers["Authorization"] != "Bearer " + key:
            return self.answer(401, {})
        self.answer(202, {}, Location="/api/v1/requests/1")
port = int(os.environ["FLOWSERVE_API_PORT"])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Up:
    """The command line on a folder with stand-ins for our modules."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.output = folder / "output"
        self.running: subprocess.Popen[bytes] | None = None
        modules = {"stream_processor.provision": "print('done')", "stream_processor.scorer": WAITER}
        modules |= {"stream_processor.sink": WAITER, "ingest_api.__main__": API, "cli.__main__": KEYS}
        for module, text in modules.items():
            self.write(module, text)
        self.environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))
            },
            "PYTHONPATH": str(ROOT),
            "PGHOST": "stand-in",
            "FLOWSERVE_KAFKA_BOOTSTRAP": bootstrap,
            "FLOWSERVE_DATA_DIR": str(self.data),
        }

    def write(self, module: str, text: str) -> None:
        path = self.folder / (module.replace(".", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)

    def start(self) -> None:
        with self.output.open("wb") as output:
            command = [sys.executable, "-m", "local_stack", "up"]
            self.running = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )

    def says(self, text: str, seconds: float = 20) -> str:
        assert wait_until(lambda: text in self.output.read_text(), seconds), self.output.read_text()
        return self.output.read_text()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local_stack", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def end(self, number: signal.Signals) -> int:
        assert self.running is not None
        self.running.send_signal(number)
        return self.running.wait(30)


@pytest.fixture
def up(tmp_path: Path, kafka: Kafka) -> Iterator[Up]:
    up = Up(tmp_path, kafka.bootstrap)
    yield up
    if up.running is not None and up.running.poll() is None:
        up.end(signal.SIGTERM)


def test_up_shows_a_decision_and_a_line_to_paste_and_stops_on_request(up: Up) -> None:
    up.start()
    text = up.says("Ctrl-C stops everything")
    key = (up.data / "secrets" / "api-key").read_text()
    assert "First decision: approve (score 0.01)" in text
    assert f"-H 'Authorization: Bearer {key}'" in text
    assert up.run("status").returncode == 0
    assert "already runs on this data folder" in up.run("up").stderr
    assert "stopped pid" in up.run("down").stdout
    assert up.running is not None
    assert up.running.wait(10) == 0
    assert up.run("status").returncode == 3


def test_a_key_that_the_api_refuses_is_made_anew_and_kept(up: Up) -> None:
    key_file = up.data / "secrets" / "api-key"
    up.start()
    up.says("Ctrl-C stops everything")
    first = key_file.read_text()
    assert up.end(signal.SIGINT) == 0
    (up.data / "valid-key").write_text("another")
    up.start()
    up.says("Ctrl-C stops everything")
    assert key_file.read_text() not in (first, "another")


def test_a_failed_part_is_named_with_its_log_and_everything_is_stopped(up: Up) -> None:
    up.write("stream_processor.provision", "raise SystemExit('no such table: sorrow')")
    failed = up.run("up")
    assert failed.returncode == 1
    assert "provision: ended with exit code 1" in failed.stderr
    assert "  | no such table: sorrow" in failed.stderr
    assert list((up.data / "run").glob("*.pid")) == []


def test_a_part_that_ends_again_and_again_fails_the_start(up: Up) -> None:
    up.write("stream_processor.scorer", "raise SystemExit('no model')")
    up.write("ingest_api.__main__", WAITER)
    failed = up.run("up")
    assert failed.returncode == 1
    assert "scorer-0: ended 3 times" in failed.stderr
    assert "  | no model" in failed.stderr


def test_what_a_killed_up_leaves_is_gone_and_clean_erases(up: Up) -> None:
    up.start()
    up.says("Ctrl-C stops everything")
    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    up.run("clean")
    assert not up.data.exists()
    up.start()
    up.says("Ctrl-C stops everything")
