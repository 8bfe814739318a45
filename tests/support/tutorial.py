"""A tutorial as something to run: its `sh` blocks in order, and the `text` below each as what they print.

In such a text `…` stands for anything within a line, and a line of `…` alone for any lines.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.M | re.S)
_MARK = "--- the next step ---"


class Step(NamedTuple):
    """A block of commands, and what the text below it says that they print; None where it says nothing."""

    commands: str
    expected: str | None


def steps(document: str) -> list[Step]:
    """The blocks of a document, in order."""
    found: list[Step] = []
    for kind, text in _BLOCK.findall(document):
        if kind == "sh":
            found.append(Step(text, None))
        else:
            found[-1] = found[-1]._replace(expected=text)
    return found


def matches(expected: str, printed: str) -> bool:
    """Whether the output is as the text says."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.split("…"))) + r"\n"
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


def run(script: list[Step], folder: Path, environment: Mapping[str, str], seconds: float) -> list[str]:
    """What each step printed. All run in one shell, as a reader's do, and the first that fails ends it."""
    commands = f"\necho '{_MARK}'\n".join(step.commands for step in script)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    printed = done.stdout.split(f"{_MARK}\n")
    assert done.returncode == 0, (
        f"step {len(printed)} ended with {done.returncode}: {done.stderr}\n{printed[-1]}"
    )
    return printed
