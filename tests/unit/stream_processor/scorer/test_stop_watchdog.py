"""A stop that hangs ends with exit code 75, whatever the event loop is doing."""

import signal
import subprocess
import sys

import pytest

START = """
import signal, sys, threading
from stream_processor.scorer.watchdog import StopWatchdog, leave
watchdog = StopWatchdog(stop_seconds=0.2)
watchdog.start()
"""
HANG = "threading.Event().wait(20)\n"


def run(code: str, seconds: float = 10) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + code], capture_output=True, text=True, timeout=seconds, check=False
    )


def test_a_stop_that_hangs_is_ended_with_75_and_says_why() -> None:
    ended = run("watchdog.stopping()\n" + HANG)
    assert ended.returncode == 75
    assert "longer than 0.2 s" in ended.stderr


def test_a_stop_in_time_keeps_its_own_exit_code() -> None:
    assert run("watchdog.stopping()\nsys.exit(0)\n").returncode == 0


def test_without_a_stop_nothing_is_ended() -> None:
    assert run("threading.Event().wait(0.6)\nsys.exit(3)\n").returncode == 3


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_starts_the_count_even_if_its_handler_does_nothing(name: str) -> None:
    ended = run(
        f"signal.signal(signal.{name}, lambda *_: print('asked', flush=True))\n"
        f"watchdog.on_signals()\nsignal.raise_signal(signal.{name})\n{HANG}"
    )
    assert ended.returncode == 75
    assert ended.stdout == "asked\n"


def test_leaving_is_immediate_and_has_the_code_of_its_reason() -> None:
    assert run("leave(70, 'an actor failed')\n").returncode == 70
    assert signal.SIGTERM  # the supervisor tells a signal (negative) from a reason (positive)
