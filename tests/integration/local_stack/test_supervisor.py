"""Restarts: soon at first, told in one line, and none after the release."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from local_stack.process import Process
from local_stack.supervisor import Supervisor
from tests.support.waiting import until

Script = Callable[[str], Process]
SLEEPER = "import time; time.sleep(600)"


async def test_a_killed_process_comes_back_and_its_death_is_told(script: Script) -> None:
    lines: list[str] = []
    supervisor = Supervisor(lines.append)
    process = script(SLEEPER)
    process.start()
    supervisor.keep(process)
    first = process.pid
    process.kill()
    await until(lambda: process.alive and process.pid != first, "a restart")
    await supervisor.release()
    assert lines == ["script-0 ended (signal 9); starting it again in 0.5 s"]
    assert process.alive


async def test_a_release_does_not_wait_for_a_restart_that_is_due(script: Script) -> None:
    lines: list[str] = []
    supervisor = Supervisor(lines.append)
    process = script("raise SystemExit(1)")
    process.start()
    supervisor.keep(process)
    await until(lambda: len(lines) == 2, "two deaths")
    began = monotonic()
    await supervisor.release()
    assert monotonic() - began < 0.5
    assert not process.alive


async def test_a_process_that_always_ends_is_hopeless(script: Script) -> None:
    supervisor = Supervisor(lambda line: None)
    good, bad = script(SLEEPER), script("raise SystemExit(1)")
    for process in (good, bad):
        process.start()
        supervisor.keep(process)
    assert supervisor.hopeless(2) is None
    await until(lambda: supervisor.hopeless(2) is bad, "the bad one named")
    await supervisor.release()


async def test_a_program_that_went_missing_is_told_and_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    lines: list[str] = []
    supervisor = Supervisor(lines.append)
    process = Process("program", [str(program)], {}, tmp_path / "program.log")
    process.start()
    supervisor.keep(process)
    program.unlink()
    await until(lambda: len(lines) >= 3, "a second attempt")
    await supervisor.release()
    assert "could not be started" in lines[1]
