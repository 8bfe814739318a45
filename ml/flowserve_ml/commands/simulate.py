"""`flowserve-ml simulate`: simulated transactions into a Parquet or CSV file."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flowserve_ml.commands.recipe_arguments import add_recipe_arguments, recipe_of
from flowserve_ml.files import check_place, check_suffix, write_transactions
from flowserve_ml.simulation.disturbances import Disturbances, arrival_order, mislabelled
from flowserve_ml.simulator import simulate


def main(arguments: Sequence[str]) -> None:
    """Simulate, disturb, write, and say on stderr what was written."""
    options = _parse(arguments)
    check_suffix(options.output)
    check_place(options.output)
    disturbances = Disturbances(options.late, options.duplicates, options.label_noise)
    recipe = replace(recipe_of(options), drift_per_month=options.drift, newcomers=options.newcomers)
    print(f"simulating {recipe.days} days of {recipe.customers:,} customers", file=sys.stderr, flush=True)
    transactions = simulate(recipe, options.start, options.seed)
    if disturbances.label_noise:
        transactions = mislabelled(transactions, disturbances.label_noise, options.seed)
    order = None
    if disturbances.late or disturbances.duplicates:
        order = arrival_order(transactions.times, disturbances, options.seed)
    comparable = not (disturbances.label_noise or recipe.drift_per_month)
    if not comparable:
        print("labels or amounts differ from the recipe: no best possible scorer is known", file=sys.stderr)
    count = len(transactions) if order is None else len(order)
    print(f"writing {count:,} transactions", file=sys.stderr, flush=True)
    write_transactions(transactions, options.output, (recipe, options.seed) if comparable else None, order)
    print(f"{options.output}: {transactions.is_fraud.mean():.2%} fraud", file=sys.stderr)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml simulate", description="Write simulated transactions with known frauds to a file."
    )
    add_recipe_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="file to write: .parquet or .csv")
    for name, what in (
        ("late", "share of rows that arrive up to six hours after their time (file order is arrival)"),
        ("duplicates", "share of rows that arrive twice"),
        ("label-noise", "share of frauds never reported; as many genuine transactions are reported instead"),
        ("drift", "growth of all amounts per month, as a share"),
        ("newcomers", "share of customers who join at some time during the simulation"),
    ):
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SHARE", help=f"{what} (default 0)")
    return parser.parse_args(arguments)
