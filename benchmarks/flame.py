"""`python -m benchmarks.flame [--raw]`: flame graphs of the API and the scorer at work, in build/benchmarks.

`rest-api` and `rest-scorer` with 64 callers, `door-scorer` with a full topic. `--raw` writes collapsed
stacks, for other tools. Where the system does not let one process look into another
(kernel.yama.ptrace_scope), it needs root.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from asyncio.subprocess import Process
from pathlib import Path

import uvloop

from benchmarks.results import BUILD
from benchmarks.rows import rest
from benchmarks.rows.door import Door
from benchmarks.run import floors_model
from benchmarks.stage import Stage

_SECONDS, _PER_SECOND = 10, 200
_CALLS = 5_000 * _SECONDS


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
    async with Stage(Path(tempfile.mkdtemp(prefix="benchmark-")), floors_model(), short=False) as stage:
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
    parser.add_argument("--raw", action="store_true", help="collapsed stacks in place of pictures")
    uvloop.run(draw(parser.parse_args().raw))


if __name__ == "__main__":
    main()
