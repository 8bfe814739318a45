"""Two scorers of one host cannot have one slot."""

import subprocess
import sys
from pathlib import Path

import pytest

from stream_processor.scorer.membership import SlotTaken, slot_lock

HOLD = """
import sys
from pathlib import Path
from stream_processor.scorer.membership import slot_lock
with slot_lock(Path(sys.argv[1]), 3):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_slot_is_free_again_only_when_its_process_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(SlotTaken, match="FLOWSERVE_SCORER_SLOT"), slot_lock(tmp_path, 3):
            pytest.fail("the slot is held by another process")
        with slot_lock(tmp_path, 4):
            pass
        other.kill()
    with slot_lock(tmp_path, 3):
        pass


def test_the_folder_of_the_locks_is_made(tmp_path: Path) -> None:
    with slot_lock(tmp_path / "not" / "yet", 0):
        assert (tmp_path / "not" / "yet" / "scorer-0.lock").exists()
