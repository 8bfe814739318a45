"""`python -m benchmarks.flame [--raw | --shares]`: flame graphs of the API and the scorer at work.

`rest-api` and `rest-scorer` with 64 callers, `door-scorer` with a full topic, in build/benchmarks. `--raw`
writes collapsed stacks, for other tools; `--shares` also prints what part of a process has how much of them.
Where the system does not let one process look into another (kernel.yama.ptrace_scope), it needs root.
"""

import argparse
import asyncio
import shutil
import sys
from asyncio.subprocess import Process
from pathlib import Path

import uvloop

from benchmarks.results import BUILD
from benchmarks.rows import rest
from benchmarks.rows.door import Door
from benchmarks.run import floors_model
from benchmarks.shares import API, SCORER, table
from benchmarks.stage import Stage

_SECONDS, _PER_SECOND = 10, 200
_CALLS = 5_000 * _SECONDS
_PARTS = {"rest-api": API, "rest-scorer": SCORER, "door-scorer": SCORER}


async def record(pid: int | None, name: str, raw: bool) -> Process:
    """Starts py-spy on a process; it ends by itself."""
    form, suffix = ("raw", "txt") if raw else ("flamegraph", "svg")
    words = ["record", "--pid", str(pid), "--duration", str(_SECONDS), "--rate", str(_PER_SECOND)]
    output = str(BUILD / f"{name}.{suffix}")
    return await asyncio.create_subprocess_exec(
        _py_spy(), *words, "--threads", "--format", form, "--output", output
    )


async def draw(raw: bool) -> None:
    """All three."""
    async with Stage(floors_model(), short=False) as stage:
        async with rest.doors(stage) as made:
            spies = [
                await record(made.processes[role].pid, f"rest-{role}", raw) for role in ("api", "scorer")
            ]
            await made.flowserve(rest.MANY, _CALLS, _SECONDS + 2)
            await asyncio.gather(*(spy.wait() for spy in spies))
        door = Door(stage)
        await door.fill()
        scorer = stage.flowserve("scorer")
        await (await record(scorer.pid, "door-scorer", raw)).wait()
        scorer.kill()


def _py_spy() -> str:
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise SystemExit("py-spy is not installed: pip install py-spy")
    return found


def main() -> None:
    """Draws."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flame", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="collapsed stacks in place of pictures")
    form.add_argument("--shares", action="store_true", help="collapsed stacks, and a table of each")
    wanted = parser.parse_args()
    uvloop.run(draw(wanted.raw or wanted.shares))
    if wanted.shares:
        for name, parts in _PARTS.items():
            print(f"\n{name}\n\n{table((BUILD / f'{name}.txt').read_text().splitlines(), parts)}")


if __name__ == "__main__":
    main()
