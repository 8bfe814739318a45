"""`python -m tests.mutation [WORD ...] [--sample 40]`: mistakes in the pure core; does a test notice?"""

import argparse
import random
import sys
import time
from pathlib import Path

from tests.mutation.mutants import Mutant, Source
from tests.mutation.report import Tried, change, survivors_in, table, write
from tests.mutation.targets import ROOT, Target, targets
from tests.mutation.trial import Outcome, load_libraries, tried

OUTPUT = Path("build/mutation.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("words", nargs="*", help="only modules with one of these in their name")
    parser.add_argument("--sample", type=int, default=0, help="at most so many mutants of a module; 0 is all")
    parser.add_argument("--seed", type=int, default=1, help="the sample follows from it")
    parser.add_argument("--list", action="store_true", help="only show the modules, and the tests of each")
    parser.add_argument("--again", action="store_true", help="only those that the JSON file has as survivors")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the JSON file")
    asked = parser.parse_args()
    chosen = targets(asked.words)
    if asked.list:
        for target in chosen:
            print(f"{target.module}: {len(_source(target).mutants(target.functions))} mutants")
            print("".join(f"    {target.folder}/{test}\n".replace("./", "") for test in target.tests), end="")
        return 0
    again = survivors_in(asked.output) if asked.again else None
    load_libraries()
    done = []
    for target in chosen:
        source = _source(target)
        found = source.mutants(target.functions)
        if again is not None:
            mutants = [mutant for mutant in found if change(target, mutant) in again]
        else:
            mutants = _sample(found, asked.sample, f"{asked.seed} {target.module}")
        if mutants:
            done.append(Tried(target, len(found), _outcomes(target, source, mutants)))
            write(done, asked.seed, asked.output)
    print(f"\n{table(done)}")
    return 0


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
