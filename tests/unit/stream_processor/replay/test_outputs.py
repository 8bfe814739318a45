"""What killed replays left beside their output goes; what a running one writes stays."""

import os
import subprocess
import sys
from pathlib import Path

from stream_processor.replay.outputs import remove_leftovers


def test_a_killed_process_that_nobody_waited_for_does_not_count_as_running(tmp_path: Path) -> None:
    output = tmp_path / "scores.parquet"
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left, written = (tmp_path / f".scores.parquet.{process}" for process in (killed.pid, os.getpid()))
    left.touch()
    written.touch()
    remove_leftovers(output)
    assert left.exists()
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and its number is not free yet
    remove_leftovers(output)
    assert (left.exists(), written.exists()) == (False, True)
    killed.communicate()
