"""What came of the mutants: a JSON file, in which a run replaces what it tried, and a table of it."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from tests.mutation.mutants import Mutant
from tests.mutation.targets import Target
from tests.mutation.trial import Outcome


class Figures(TypedDict):
    """Of one module: `of` mutants, so many `mutants` tried, on which day, and those that no test noticed."""

    module: str
    day: str
    of: int
    mutants: int
    fates: dict[str, int]
    survivors: list[str]


@dataclass(frozen=True)
class Tried:
    """The mutants that were tried of one module, of as many as it has."""

    target: Target
    of: int
    mutants: list[tuple[Mutant, Outcome]]

    def changes(self) -> list[str]:
        """Every one that was tried."""
        return [change(self.target, mutant) for mutant, _ in self.mutants]

    def survivors(self) -> list[str]:
        """Those that no test noticed."""
        return [change(self.target, mutant) for mutant, outcome in self.mutants if outcome.fate == "survived"]


def change(target: Target, mutant: Mutant) -> str:
    """One line: where, and what was made of what."""
    return f"{target.file}:{mutant.line} {mutant.function or '(module)'}: {mutant.before}  ->  {mutant.after}"


def figures(tried: Tried, day: str) -> Figures:
    """Of a module that was tried for the first time, or anew."""
    return {
        "module": tried.target.module,
        "day": day,
        "of": tried.of,
        "mutants": len(tried.mutants),
        "fates": Counter(outcome.fate for _, outcome in tried.mutants),
        "survivors": tried.survivors(),
    }


def tried_again(earlier: Figures, tried: Tried, day: str) -> Figures:
    """Of a module of which only survivors were tried: tests were added, so what was noticed still is."""
    again = set(tried.changes())
    left = [each for each in earlier["survivors"] if each not in again] + tried.survivors()
    noticed = len(earlier["survivors"]) - len(left)
    fates = {**earlier["fates"], "survived": len(left)}
    fates["killed"] = fates.get("killed", 0) + noticed
    return {**earlier, "day": day, "fates": fates, "survivors": left}


def read(file: Path) -> dict[str, Figures]:
    """By module; nothing where there is no file yet."""
    if not file.exists():
        return {}
    return {each["module"]: each for each in json.loads(file.read_text())["modules"]}


def write(by_module: dict[str, Figures], file: Path) -> None:
    """The figures, and each survivor."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"modules": list(by_module.values())}, indent=1) + "\n")


def table(of: list[Figures]) -> str:
    """By module and in all, as Markdown."""
    lines = [
        "| Module | Mutants | Tried | Noticed | Rate | Day |",
        "|---|---|---|---|---|---|",
        *(_row(f"`{each['module']}`", [each]) for each in of),
        _row("All", of),
    ]
    return "\n".join(lines)


def _row(name: str, of: list[Figures]) -> str:
    mutants, tried = sum(each["of"] for each in of), sum(each["mutants"] for each in of)
    noticed = tried - sum(len(each["survivors"]) for each in of)
    rate = noticed / tried if tried else 1.0
    days = sorted({each["day"] for each in of})
    day = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}" if days else ""
    return f"| {name} | {mutants:,} | {tried:,} | {noticed:,} | {rate:.1%} | {day} |"
