"""`flowserve-ml train`: a model folder from a file of labelled transactions or from a simulation."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from flowserve_ml.commands.recipe_arguments import add_recipe_arguments, recipe_of
from flowserve_ml.simulator import simulate, truth_of
from flowserve_ml.training.data import Data, read_data
from flowserve_ml.training.run import Order, Origin, train
from flowserve_ml.training.split import Split

_UNSEEN_SEED_STEPS = (1_000, 2_000)


def main(arguments: Sequence[str]) -> None:
    """Train, judge, write the folder and put it in use; figures go to stderr, the folder to stdout."""
    options = _parse(arguments)
    if options.simulate:
        data = _simulate(options, options.seed)
        # Judged on other customers, terminals and frauds too: the seed must never explain the figures.
        seeds = [options.seed + step for step in _UNSEEN_SEED_STEPS]
        unseen = {f"unseen_simulation_{seed}": _simulate(options, seed) for seed in seeds}
        origin = Origin(f"simulation, seed {options.seed}", options.seed, unseen, options.study)
    else:
        data = read_data(options.input, sys.stderr)
        unseen = {f"file_{path.stem}": read_data(path, sys.stderr) for path in options.unseen}
        origin = Origin(f"file {options.input.name}", options.seed, unseen, options.study)
    split = Split.of(data.transactions.day_count, options.warm_up_days, options.weeks)
    order = Order(options.output, options.version, datetime.now(UTC))
    print(train(data, origin, split, order, sys.stderr))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml train", description="Train a model, judge it on later weeks and put it in use."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--input", type=Path, help="labelled transactions: .parquet or .csv, as simulate and prepare write"
    )
    source.add_argument("--simulate", action="store_true", help="train on a simulation made on the spot")
    add_recipe_arguments(parser)
    parser.add_argument(
        "--output", type=Path, default=Path("models"), help="folder of models (default %(default)s)"
    )
    parser.add_argument("--version", required=True, help="name of the new version, for example 2026.11.1")
    parser.add_argument(
        "--warm-up-days", type=int, default=37, help="first days that only fill state (default %(default)s)"
    )
    parser.add_argument(
        "--weeks", type=int, default=4, help="weeks to validate on and again to test on (default %(default)s)"
    )
    parser.add_argument(
        "--unseen",
        type=Path,
        action="append",
        default=[],
        help="another file to judge on, of as many days; repeatable",
    )
    parser.add_argument(
        "--study",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also compare model families, feature groups and seeds, for the model card",
    )
    return parser.parse_args(arguments)


def _simulate(options: argparse.Namespace, seed: int) -> Data:
    print(f"simulating, seed {seed}", file=sys.stderr, flush=True)
    recipe = recipe_of(options)
    return Data.fold(simulate(recipe, options.start, seed), truth_of(recipe, seed), sys.stderr)
