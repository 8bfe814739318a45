"""`python -m tests.mutation [WORD ...] [--sample 40]`: mistakes in the pure core; does a test notice?"""

import argparse
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.document import put
from tests.mutation.mutants import Mutant, Source
from tests.mutation.report import Figures, Tried, change, figures, read, table, tried_again, write
from tests.mutation.targets import ROOT, Target, targets
from tests.mutation.trial import Outcome, load_libraries, tried

OUTPUT = Path("build/mutation.json")
DOCUMENT = Path("docs/mutation.md")
REPORT = "python -m tests.mutation --report"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("words", nargs="*", help="only modules with one of these in their name")
    parser.add_argument("--sample", type=int, default=0, help="at most so many mutants of a module; 0 is all")
    parser.add_argument("--seed", type=int, default=1, help="the sample follows from it")
    parser.add_argument("--list", action="store_true", help="only show the modules, and the tests of each")
    parser.add_argument("--again", action="store_true", help="only those that the JSON file has as survivors")
    parser.add_argument("--report", action="store_true", help=f"only write the table into {DOCUMENT}")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the JSON file; other modules stay in it")
    asked = parser.parse_args()
    chosen = targets(asked.words)
    if asked.list:
        for target in chosen:
            print(f"{target.module}: {len(_source(target).mutants(target.functions))} mutants")
            print("".join(f"    {target.folder}/{test}\n".replace("./", "") for test in target.tests), end="")
        return 0
    if not asked.report:
        _try(chosen, asked)
    found = read(asked.output)
    shown = table([found[target.module] for target in chosen if target.module in found])
    if asked.report:
        put(shown, DOCUMENT, REPORT)
    print(f"\n{shown}")
    return 0


def _try(chosen: list[Target], asked: argparse.Namespace) -> None:
    by_module = read(asked.output)
    load_libraries()
    for target in chosen:
        source = _source(target)
        found = source.mutants(target.functions)
        earlier = by_module.get(target.module)
        if asked.again:
            survivors = earlier["survivors"] if earlier is not None else []
            mutants = [mutant for mutant in found if change(target, mutant) in survivors]
        else:
            mutants = _sample(found, asked.sample, f"{asked.seed} {target.module}")
        if mutants:
            done = Tried(target, len(found), _outcomes(target, source, mutants))
            by_module[target.module] = _figures(done, earlier if asked.again else None)
            write(by_module, asked.output)


def _figures(done: Tried, earlier: Figures | None) -> Figures:
    day = datetime.now(UTC).date().isoformat()
    return tried_again(earlier, done, day) if earlier is not None else figures(done, day)


def _source(target: Target) -> Source:
    return Source(ROOT / target.file)


def _sample(found: list[Mutant], most: int, seed: str) -> list[Mutant]:
    if not 0 < most < len(found):
        return found
    return [found[number] for number in sorted(random.Random(seed).sample(range(len(found)), most))]


def _outcomes(target: Target, source: Source, mutants: list[Mutant]) -> list[tuple[Mutant, Outcome]]:
    began, plain = time.monotonic(), tried(target, source, None, limit=300)
    if plain.fate != "survived":
        sys.exit(f"{target.module}: its tests do not pass without a mutant ({plain.fate})")
    print(f"{target.module}: {len(mutants)} mutants, tests {plain.seconds:.1f} s", flush=True)
    outcomes = []
    for mutant in mutants:
        outcome = tried(target, source, mutant, limit=20 + int(4 * plain.seconds))
        outcomes.append((mutant, outcome))
        if outcome.fate == "survived":
            print(f"  survived: {change(target, mutant)}", flush=True)
    print(f"  {time.monotonic() - began:.0f} s", flush=True)
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
