"""What came of the mutants: a table by module, the survivors, and a JSON file."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.targets import Target
from tests.mutation.trial import Outcome


@dataclass(frozen=True)
class Tried:
    """The mutants that were tried of one module, of as many as it has."""

    target: Target
    of: int
    mutants: list[tuple[Mutant, Outcome]]

    def survivors(self) -> list[Mutant]:
        """Those that no test noticed."""
        return [mutant for mutant, outcome in self.mutants if outcome.fate == "survived"]


def change(target: Target, mutant: Mutant) -> str:
    """One line: where, and what was made of what."""
    return f"{target.file}:{mutant.line} {mutant.function or '(module)'}: {mutant.before}  ->  {mutant.after}"


def table(done: list[Tried]) -> str:
    """By module and in all."""
    lines = [f"{'module':<42}{'of':>6}{'mutants':>9}{'killed':>8}{'survived':>10}{'rate':>9}"]
    for tried in done:
        lines.append(_row(tried.target.module, tried.of, len(tried.mutants), len(tried.survivors())))
    mutants, survived = sum(len(each.mutants) for each in done), sum(len(each.survivors()) for each in done)
    lines.append(_row("all", sum(each.of for each in done), mutants, survived))
    return "\n".join(lines)


def _row(name: str, of: int, mutants: int, survived: int) -> str:
    killed = mutants - survived
    rate = killed / mutants if mutants else 1.0
    return f"{name:<42}{of:>6}{mutants:>9}{killed:>8}{survived:>10}{rate:>9.1%}"


def write(done: list[Tried], seed: int, file: Path) -> None:
    """The figures, and each survivor."""
    modules = [
        {
            "module": tried.target.module,
            "tests": tried.target.tests,
            "of": tried.of,
            "mutants": len(tried.mutants),
            "fates": Counter(outcome.fate for _, outcome in tried.mutants),
            "survivors": [change(tried.target, mutant) for mutant in tried.survivors()],
        }
        for tried in done
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"seed": seed, "modules": modules}, indent=1) + "\n")


def survivors_in(file: Path) -> frozenset[str]:
    """Those of an earlier run."""
    content = json.loads(file.read_text())
    return frozenset(each for module in content["modules"] for each in module["survivors"])
