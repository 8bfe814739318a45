"""How a replay steps back: last on the machine, held while live requests wait, gone with its command."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.governor import held_seconds, hold_back
from ingest_api.lag import Lag
from tests.integration.replay.bank import row, write
from tests.integration.replay.conftest import StartReplay
from tests.support.waiting import until


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that never has enough."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process
        process.kill()


def told(process: int, name: str) -> str:
    """What /proc tells of a process; nothing where it does not, or no longer."""
    try:
        return Path(f"/proc/{process}/{name}").read_text()
    except OSError:
        return ""


def state(process: int) -> str:
    """R runs, T is stopped."""
    return told(process, "stat").rsplit(")", 1)[1].split()[0]


async def test_a_replay_is_stopped_again_and_again_while_live_requests_wait(
    busy: "subprocess.Popen[bytes]",
) -> None:
    waiting = 0
    governor = asyncio.create_task(hold_back(busy.pid, lambda: Lag(waiting, 0.1, ())))
    await until(lambda: state(busy.pid) == "R", "it runs", 10)
    waiting = 1
    await until(lambda: state(busy.pid) == "T", "it is held", 10, 0.003)
    await until(lambda: state(busy.pid) == "R", "it goes on all the same", 10, 0.003)
    await until(lambda: state(busy.pid) == "T", "it is held again", 10, 0.003)
    governor.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await governor
    assert state(busy.pid) != "T"


def test_it_is_held_the_longer_the_longer_live_requests_wait() -> None:
    nobody, idle, traffic, late = (
        held_seconds(lag) for lag in (None, Lag(0, 0, ()), Lag(9, 0.2, ()), Lag(9, 2, ()))
    )
    assert nobody == idle == 0 < traffic < late


async def test_the_work_comes_last_in_a_session_of_its_own_and_ends_with_its_command(
    start_replay: StartReplay, tmp_path: Path
) -> None:
    command = start_replay(write(tmp_path / "bank.csv", map(row, range(1, 50_000))), "--dry-run")
    await until(lambda: bool(told(command.pid, f"task/{command.pid}/children")), "the work begins", 30, 0.002)
    work = int(told(command.pid, f"task/{command.pid}/children"))
    await until(lambda: os.getpriority(os.PRIO_PROCESS, work) == 19, "it stepped back", 30, 0.002)
    assert os.getsid(work) == work
    if told(work, "autogroup"):
        await until(lambda: "nice 10" in told(work, "autogroup"), "so has its session", 30, 0.002)
    command.kill()
    command.wait()
    await until(lambda: not told(work, "cmdline"), "it ended as well", 30)
