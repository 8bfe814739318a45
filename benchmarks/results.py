"""Results as JSON: what each row found in `build/`, and all of it together in the file that is committed."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure

COMMITTED = Path("benchmarks/results.json")
BUILD = Path("build/benchmarks")
FLOOR_MODEL = BUILD / "floor.onnx"


class Results(msgspec.Struct, frozen=True):
    """Figures by name. `machine` says where they were measured."""

    written_at: str
    machine: dict[str, str]
    figures: list[Figure]


def machine() -> dict[str, str]:
    """What a reader needs to compare figures of two machines."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": platform.system() + " " + platform.release(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")


def keep(row: str, figures: Sequence[Figure]) -> None:
    """What one row found."""
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / f"{row}.json").write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1))


def collect(rows: Sequence[str]) -> list[Figure]:
    """What the rows found, each when it was run last."""
    files = [BUILD / f"{row}.json" for row in rows]
    return [
        figure
        for file in files
        if file.exists()
        for figure in msgspec.json.decode(file.read_bytes(), type=list[Figure])
    ]


def write(figures: Sequence[Figure], path: Path = COMMITTED) -> None:
    """All figures, with their medians and ratios beside the rounds."""
    content: dict[str, Any] = {
        "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "figures": [_with_medians(figure) for figure in figures],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _with_medians(figure: Figure) -> dict[str, Any]:
    return asdict(figure) | {
        "median": round(figure.median, 3),
        "ratios": {name: round(figure.ratio(name), 3) for name in figure.floors},
        "reached": [figure.reached(goal) for goal in figure.goals],
    }


def last_committed(path: Path = COMMITTED) -> Results | None:
    """As git has them, so that runs can be repeated; None where there is no git, or nothing committed."""
    shown = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=False)  # noqa: S607
    return msgspec.json.decode(shown.stdout, type=Results) if shown.returncode == 0 else None
