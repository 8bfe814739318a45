"""Where the scored tables go; looked at before the work, so that it is not done for nothing."""

import contextlib
import glob
import os
from collections.abc import Sequence
from pathlib import Path

from flowserve_ml.files import check_place
from stream_processor.replay.history import ReplayError
from stream_processor.replay.job import Job

_DEAD = ("Z", "X")  # states of proc(5)


def scored_path(job: Job, version: str) -> Path | None:
    """The table of a model: `output`, with the version in its name where two models are compared."""
    if job.output is None or len(job.models) < 2:
        return job.output
    return job.output.with_suffix(f".{version}.parquet")


def aside(job: Job) -> Path | None:
    """Where what a replay cannot hold may lie meanwhile: beside the output, which needs as much room; else
    where the system keeps such files."""
    return None if job.output is None else job.output.absolute().parent


def check_outputs(job: Job, versions: Sequence[str]) -> None:
    """Raises ReplayError or InputError where a result could not be written, or would replace another."""
    if len(set(versions)) < len(versions):
        raise ReplayError(f"--model: version {versions[0]} is named twice; name two versions to compare them")
    for path in (scored_path(job, version) for version in versions):
        if path is not None:
            check_place(path)
            if path.exists() and Path(job.source).exists() and path.samefile(job.source):
                raise ReplayError(f"--output {path} is the source itself: name another file")


def remove_leftovers(path: Path) -> None:
    """What runs to the same output have left beside it that were killed while they wrote."""
    for left in path.absolute().parent.glob(f".{glob.escape(path.name)}.*"):
        process = left.suffix.removeprefix(".")
        if process.isdecimal() and not _runs(int(process)):
            left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """A process that was killed keeps its number until its parent looks, and an orphan's may never do so."""
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    with contextlib.suppress(OSError):  # there is no such file but on Linux
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in _DEAD
    return True
