"""Crash points: armed by a setting that only a test may give, and gone off at exactly the pass it names."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.crash_points import NAMES
from schemas.settings import ProcessSettings

ROOT = Path(__file__).parents[3]
PASSES = """
from schemas.crash_points import arm, crash_point
arm({armed!r})
for number in range(5):
    crash_point("proc.after_score")
    print(number, flush=True)
    crash_point("proc.after_ack")
"""


def run(armed: str | None) -> subprocess.CompletedProcess[str]:
    code = PASSES.format(armed=armed)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, cwd=ROOT)


def test_the_process_kills_itself_at_the_pass_that_was_named() -> None:
    ended = run("proc.after_score:3")
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.split() == ["0", "1"]


def test_nothing_happens_when_no_point_is_armed() -> None:
    assert run(None).returncode == 0


def test_it_is_refused_outside_test_mode_with_a_sentence_that_says_so() -> None:
    with pytest.raises(ValidationError, match=r"refused without FLOWSERVE_TEST_MODE=1: remove it"):
        ProcessSettings(crash_at="proc.after_score:1")
    assert ProcessSettings(crash_at="proc.after_score:1", test_mode=True).crash_at == "proc.after_score:1"


@pytest.mark.parametrize("text", ["", "proc.after_score", "proc.after_score:0", "proc.after_score:x", "no:1"])
def test_a_point_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"crash point"):
        ProcessSettings(crash_at=text, test_mode=True)


def test_every_name_stands_at_one_place_in_the_code_and_every_place_has_a_name() -> None:
    files = [file for folder in ("ingest_api", "stream_processor") for file in (ROOT / folder).rglob("*.py")]
    found = [
        name
        for file in files
        for name in re.findall(r'crash_point(?:\(|, )"([a-z._]+)"[)]', file.read_text())
    ]
    assert sorted(found) == sorted(NAMES)
