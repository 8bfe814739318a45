"""One child process: how it starts and, above all, that it and its own children really end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from local_stack import pidfile
from local_stack.errors import PartFailed
from local_stack.proc import born, wait_until
from local_stack.process import Process

Script = Callable[[str], Process]

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(600)"
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
# An owner that starts a child with a pid file and is then killed without a chance to clean up.
OWNER = """
import os, signal, sys
from pathlib import Path
from local_stack.process import Process
folder = Path(sys.argv[1])
child = Process("child", ["/bin/sleep", "600"], {}, folder / "c.log", pid_file=folder / "c.pid")
child.start()
os.kill(os.getpid(), signal.SIGKILL)
"""


def spoken(process: Process) -> list[str]:
    assert wait_until(lambda: bool(process.log_tail()), 10)
    return process.log_tail()


def test_output_goes_to_the_log_and_the_exit_code_is_kept(script: Script) -> None:
    process = script("import sys; print('hello'); sys.exit(3)")
    process.start()
    assert process.wait(10)
    assert (process.log_tail(), process.exit_code, process.alive) == (["hello"], 3, False)


def test_a_child_that_ignores_the_stop_signal_is_killed_at_the_deadline(script: Script) -> None:
    process = script(STUBBORN)
    process.start()
    spoken(process)
    began = monotonic()
    process.stop(0.3)
    assert monotonic() - began < 5
    assert process.exit_code == -signal.SIGKILL


def test_a_kill_ends_children_in_sessions_of_their_own(script: Script) -> None:
    process = script(FAMILY)
    process.start()
    grandchild = int(spoken(process)[0])
    assert born(grandchild) is not None
    process.kill()
    assert born(grandchild) is None


def test_a_paused_child_can_be_stopped(script: Script) -> None:
    process = script("import time; print('up'); time.sleep(600)")
    process.start()
    spoken(process)
    process.pause()
    assert process.alive
    process.stop(5)
    assert process.exit_code == -signal.SIGTERM


def test_children_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", OWNER, str(tmp_path)], check=False, env=with_root())
    record = pidfile.read(tmp_path / "c.pid")
    assert record is not None
    assert wait_until(lambda: not record.alive, 10)
    assert not pidfile.end_orphan(tmp_path / "c.pid")


def test_a_child_that_outlived_owner_and_guard_is_ended_by_its_pid_file(tmp_path: Path) -> None:
    orphan = subprocess.Popen(["sleep", "600"])
    gone = subprocess.Popen(["true"])
    gone.wait()
    path = tmp_path / "c.pid"
    pidfile.write(path, orphan.pid, signal.SIGTERM)
    text = path.read_text().replace(f'"owner": {os.getpid()}', f'"owner": {gone.pid}')
    path.write_text(text)
    assert pidfile.end_orphans(tmp_path) == ["c"]
    assert orphan.wait(5) == -signal.SIGTERM


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.pid"
    pidfile.write(path, os.getpid(), signal.SIGTERM)
    path.write_text(path.read_text().replace(f'"birth": "{born(os.getpid())}"', '"birth": "1"'))
    assert pidfile.end_orphans(tmp_path) == []
    assert not path.exists()


def test_a_part_that_a_living_owner_runs_is_not_started_twice(script: Script, tmp_path: Path) -> None:
    process = script("print('never')")
    other = subprocess.Popen(["sleep", "600"])
    path = tmp_path / "script-0.pid"
    pidfile.write(path, other.pid, signal.SIGTERM)
    path.write_text(
        path.read_text()
        .replace(f'"owner": {os.getpid()}', '"owner": 1')
        .replace(f'"owner_birth": "{born(os.getpid())}"', f'"owner_birth": "{born(1)}"')
    )
    with pytest.raises(PartFailed, match="already runs here"):
        process.start()
    other.kill()
    other.wait()


def with_root() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
