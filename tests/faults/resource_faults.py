"""F19, F24, F28, F35: full disks, wrong clocks, no memory, no descriptors, a loop that stands still."""

import asyncio
import errno
import os
import subprocess
import time
from functools import partial
from pathlib import Path

from tests.faults.broker_faults import START_SECONDS
from tests.faults.crew import Member
from tests.faults.fault import Fault
from tests.faults.lab import Size
from tests.faults.scene import Scene
from tests.support.waiting import until

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
_MEGABYTE = b"\0" * (1 << 20)


def no_root() -> str:
    """Why a small disk cannot be mounted here; nothing where it can."""
    return "" if os.geteuid() == 0 else "mounting a small disk needs root"


def no_fake_clock() -> str:
    """Why clocks cannot be faked here; nothing where they can."""
    return "" if FAKETIME.exists() else "libfaketime is not installed (apt-get install libfaketime)"


def _fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        size = len(_MEGABYTE)
        while size:
            try:
                file.write(_MEGABYTE[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    return filler


async def broker_disk_full(scene: Scene) -> None:
    """Not a byte more can be written by Kafka, which then gives up."""
    kafka = scene.lab.servers.kafka
    filler = await asyncio.to_thread(_fill, scene.lab.data / "kafka")
    await scene.last(12)
    scene.figures["broker_gave_up"] = not kafka.alive
    filler.unlink()
    await asyncio.to_thread(kafka.kill)
    await asyncio.to_thread(kafka.start, START_SECONDS)
    scene.since = time.monotonic()


async def postgres_disk_full(scene: Scene) -> None:
    """Not a byte more can be written by PostgreSQL."""
    postgres = scene.lab.servers.postgres
    filler = await asyncio.to_thread(_fill, postgres.folder)
    await scene.last(12)
    scene.figures["server_gave_up"] = not postgres.alive
    filler.unlink()
    if not await asyncio.to_thread(postgres.answers):
        await asyncio.to_thread(postgres.kill)
        await asyncio.to_thread(postgres.start)
    scene.since = time.monotonic()


async def wrong_clock(scene: Scene, role: str) -> None:
    """An hour ahead from the start, then an hour behind without a restart, then right again."""
    member = scene.any(role)
    offset = scene.lab.data / f"{member.name}.clock"
    offset.write_text("+3600")
    fake = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    crew = scene.lab.crew
    await crew.stop(member)
    member.extra = fake
    crew.start(member)
    for skew in ("+3600", "-3600"):
        offset.write_text(skew)
        before = scene.rest.seen.codes.copy()
        await scene.last(15)
        scene.figures[f"rest codes at {skew} s"] = dict(scene.rest.seen.codes - before)
    member.extra = {}
    await scene.kill(member)  # revived with the right clock; a clean stop would sleep by the wrong one


def _limit(member: Member, option: str) -> None:
    """A process may end of its last limit before it gets the next one."""
    process = member.process
    done = subprocess.run(["prlimit", f"--pid={process.pid}", option], capture_output=True, text=True)
    assert done.returncode == 0 or not process.alive, done.stderr


def _address_space(member: Member) -> int:
    """Bytes."""
    status = Path(f"/proc/{member.process.pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmSize")).split()[1]) * 1_024


def _descriptors(member: Member) -> str:
    """The soft limit of now."""
    command = ["prlimit", f"--pid={member.process.pid}", "--nofile", "--noheadings", "--output=SOFT"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


async def no_memory(scene: Scene, role: str) -> None:
    """The process may have only as much memory as it has now."""
    member = scene.any(role)
    pid = member.process.pid
    _limit(member, f"--as={_address_space(member)}:")
    for _ in range(200):
        await scene.last(0.1)
        if member.process.pid != pid or not member.process.alive:
            break
    scene.figures["ended"] = member.process.pid != pid or not member.process.alive
    if not scene.figures["ended"]:
        _limit(member, "--as=unlimited:")
    scene.since = time.monotonic()


async def no_descriptors(scene: Scene, role: str) -> None:
    """No new file or connection, while those it has are cut."""
    member = scene.any(role)
    pid = member.process.pid
    before = _descriptors(member)
    _limit(member, "--nofile=4:")
    await scene.lab.servers.kafka_proxy.tell(reset=True)
    await scene.lab.servers.postgres_proxy.tell(reset=True)
    await scene.last(10)
    if member.process.pid == pid and member.process.alive:
        _limit(member, f"--nofile={before}:")
    scene.since = time.monotonic()


async def stalled_loop(scene: Scene) -> None:
    """A scorer's event loop stands still for 20 s, twice its session, in the middle of its work."""
    crew, member = scene.lab.crew, scene.any("scorer")
    await crew.stop(member)
    crew.start(member, module="tests.faults.stalling_scorer")
    await until(lambda: "stalls now" in member.process.log.read_text(), "the loop stands still", 60)
    await scene.last(22)
    scene.since = time.monotonic()
    scene.figures["still_the_same_process"] = member.process.alive


_SMALL = Size(apis=1, scorers=1, sinks=1)

FAULTS = [
    Fault(
        "F19",
        "broker-disk-full",
        "Kafka's disk is full",
        broker_disk_full,
        size=_SMALL,
        small_disk=True,
        needs=no_root,
    ),
    Fault(
        "F24",
        "postgres-disk-full",
        "PostgreSQL's disk is full",
        postgres_disk_full,
        by="sink",
        size=_SMALL,
        small_disk=True,
        needs=no_root,
    ),
    *(
        Fault(
            "F28",
            f"{role}-clock",
            f"the clock of one {role} is an hour ahead, then an hour behind",
            partial(wrong_clock, role=role),
            needs=no_fake_clock,
        )
        for role in ("scorer", "api", "sink")
    ),
    *(
        Fault(
            "F35",
            f"{role}-memory",
            f"one {role} gets no more memory",
            partial(no_memory, role=role),
            may_stop=True,
        )
        for role in ("scorer", "api", "sink")
    ),
    *(
        Fault(
            "F35",
            f"{role}-descriptors",
            f"one {role} gets no more file descriptors while its connections are cut",
            partial(no_descriptors, role=role),
            may_stop=True,
        )
        for role in ("scorer", "api", "sink")
    ),
    Fault("F35", "stalled-loop", "a scorer's event loop stands still for 20 s", stalled_loop),
]
