"""The short form of the fault campaign: three crash points under load, judged by the independent verifier."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# Two minutes by itself; as a bound for when other tests hold the cores.
_SECONDS = 900


def test_three_crashes_under_load_lose_nothing_double_nothing_and_answer_nothing_wrong(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "tests.faults", "--short", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, cwd=_ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": clean: ") == 3
