"""`flowserve-ml evaluate`: how good a trained model is on other data."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from flowserve_ml.commands.recipe_arguments import add_recipe_arguments, recipe_of
from flowserve_ml.evaluation.judge import judge, judged_rows, share_of_optimum
from flowserve_ml.evaluation.leaks import refuse_too_good
from flowserve_ml.runtime import Model
from flowserve_ml.simulator import simulate, truth_of
from flowserve_ml.store import current_folder, version_folder
from flowserve_ml.training.data import Data, read_data
from flowserve_ml.training.split import Split


def main(arguments: Sequence[str]) -> None:
    """Judge the last weeks and print the figures as JSON; fails if they are too good to be honest."""
    options = _parse(arguments)
    folder = (
        version_folder(options.models, options.version) if options.version else current_folder(options.models)
    )
    model = Model.load(folder)
    if options.simulate:
        recipe = recipe_of(options)
        transactions = simulate(recipe, options.start, options.seed)
        data = Data.fold(transactions, truth_of(recipe, options.seed), sys.stderr)
    else:
        data = read_data(options.input, sys.stderr)
    split = Split.of(data.transactions.day_count, options.warm_up_days, options.weeks)
    rows = judged_rows(data.transactions, split.test, split.end, split.train)
    figures = judge(data.transactions, rows, model.score(data.rows[rows]), model.manifest.policy)
    if data.truth is not None:
        figures |= share_of_optimum(data.transactions, data.truth, rows, figures)
        refuse_too_good(figures, model.manifest.version)
    print(json.dumps({"model": model.manifest.version, "weeks": options.weeks, **figures}, indent=2))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml evaluate", description="Judge a trained model on the last weeks of other data."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--input", type=Path, help="labelled transactions, raw or prepared")
    source.add_argument("--simulate", action="store_true", help="a simulation made on the spot")
    add_recipe_arguments(parser)
    parser.add_argument(
        "--models", type=Path, default=Path("models"), help="folder of models (default %(default)s)"
    )
    parser.add_argument("--version", help="version to judge (default: the one in use)")
    parser.add_argument(
        "--warm-up-days", type=int, default=37, help="first days that only fill state (default %(default)s)"
    )
    parser.add_argument("--weeks", type=int, default=4, help="weeks to judge (default %(default)s)")
    return parser.parse_args(arguments)
