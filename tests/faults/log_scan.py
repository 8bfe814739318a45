"""What the product's processes said: exceptions that nobody handled are defects."""

import json
import re
from pathlib import Path

_SIGNS = ("Traceback (most recent call last)", '"exception":', "exception was never retrieved")
_MEMBERS = re.compile(r"(api|scorer|sink)-\d+\.\d+\.log")


class LogScan:
    """Reads every log file of the crew once, piece by piece."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def look(self) -> tuple[list[str], list[str]]:
        """Since the last look: exceptions that nobody handled, and those that stopped a process loudly."""
        exceptions: list[str] = []
        stops: list[str] = []
        for file in sorted(self._folder.iterdir()):
            if _MEMBERS.fullmatch(file.name):
                with file.open(errors="replace") as text:
                    text.seek(self._read.get(file, 0))
                    for line in text:
                        if any(sign in line for sign in _SIGNS):
                            found = stops if '"level": "critical"' in line else exceptions
                            found.append(f"{file.name}: {_short(line)}")
                    self._read[file] = text.tell()
        return exceptions, stops


def _short(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()[:300]
    last = str(entry.get("exception", "")).strip().splitlines()[-1:]
    return f"{entry.get('logger')}: {entry.get('message', '')[:200]} {last}"
