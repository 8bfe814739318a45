"""The same stream through REST, through Kafka and through replay: equal to the last bit."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flowserve_ml.generate import transactions
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def inherited() -> dict[str, str]:
    """The usual environment, with labels that travel quickly."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}
    return kept | {"FLOWSERVE_MATURE_SECONDS": "0.5"}


@pytest.fixture
async def stack(running: RunningStack) -> RunningStack:
    """Ready, but nothing was asked of it: a younger transaction would make the stream late."""
    await running.ready()
    return running


def verify(stack: RunningStack, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "verify", "parity", str(file), "--url", stack.url]
    environment = stack.environment | {"FLOWSERVE_API_KEY": stack.key}
    return subprocess.run(
        [*command, "--settle", "4"], env=environment, capture_output=True, text=True, timeout=300
    )


async def test_every_door_gives_the_same_features_scores_decisions_and_reasons(
    stack: RunningStack, tmp_path: Path
) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    stream = list(transactions(4_000, 40, 60, 11, now, 39))
    file = tmp_path / "stream.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in stream))
    done = verify(stack, file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4,000 transactions: features, scores, decisions and reasons are equal" in done.stdout


async def test_a_stream_that_is_too_old_for_the_live_doors_is_refused(
    stack: RunningStack, tmp_path: Path
) -> None:
    old = datetime.now(UTC) - timedelta(days=60)
    file = tmp_path / "old.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in transactions(10, 5, 5, 1, old, 10)))
    done = verify(stack, file)
    assert done.returncode == 1
    assert "the live doors take the last 40 days only" in done.stderr
