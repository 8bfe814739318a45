"""What a replay loads before it begins."""

import subprocess
import sys

LOADED = """
import sys
import stream_processor.replay.run
print(sorted({"matplotlib", "sklearn"} & set(sys.modules)))
"""


def test_a_replay_that_draws_nothing_does_not_load_what_draws() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
