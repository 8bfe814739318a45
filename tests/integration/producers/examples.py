"""Runs the examples of the documentation, as they are, and reads what they print."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.integration.producers import java

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
NODE = ROOT / ".cache" / "node-examples"
RUN_SECONDS = 90

Outcome = dict[str, Any]


def produce(language: str, bootstrap: str, customers: Sequence[str], folder: Path) -> list[Outcome]:
    """Sends a transaction for each customer with a client of the language; the outcomes that it printed."""
    file = folder / "customers.txt"
    file.write_text("".join(f"{customer}\n" for customer in customers), encoding="utf-8")
    lines = _output([*_command(language, folder), bootstrap, str(file)]).splitlines()
    return [json.loads(line) for line in lines]


def ask_and_wait(bootstrap: str, customer: str) -> tuple[str, Outcome]:
    """Status and value of the reply that the example asked for."""
    command = [sys.executable, str(EXAMPLES / "python" / "ask_and_wait.py"), bootstrap, customer]
    status, _, value = _output(command).partition(" ")
    return status, json.loads(value)


def _command(language: str, folder: Path) -> list[str]:
    if language == "java":
        return java.command(EXAMPLES / "java" / "Produce.java", folder)
    if language == "javascript":
        node = NODE / "bin" / "node"
        assert node.exists(), "KafkaJS is not installed: run make test-integration"
        return [str(node), str(EXAMPLES / "javascript" / "produce.cjs")]
    return [sys.executable, str(EXAMPLES / "python" / "produce.py")]


def _output(command: list[str]) -> str:
    environment = os.environ | {"NODE_PATH": str(NODE / "node_modules"), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=RUN_SECONDS)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode("utf-8")
