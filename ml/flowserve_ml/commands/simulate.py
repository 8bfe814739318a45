"""`flowserve-ml simulate`: simulated transactions into a Parquet or CSV file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flowserve_ml.commands.recipe_arguments import add_recipe_arguments, recipe_of
from flowserve_ml.files import check_suffix, write_transactions
from flowserve_ml.simulator import simulate


def main(arguments: Sequence[str]) -> None:
    """Simulate, write, and say on stderr what was written."""
    parser = argparse.ArgumentParser(
        prog="flowserve-ml simulate", description="Write simulated transactions with known frauds to a file."
    )
    add_recipe_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="file to write: .parquet or .csv")
    options = parser.parse_args(arguments)
    check_suffix(options.output)
    recipe = recipe_of(options)
    print(f"simulating {recipe.days} days of {recipe.customers:,} customers", file=sys.stderr, flush=True)
    transactions = simulate(recipe, options.start, options.seed)
    print(f"writing {len(transactions):,} transactions", file=sys.stderr, flush=True)
    write_transactions(transactions, options.output, (recipe, options.seed))
    print(f"{options.output}: {transactions.is_fraud.mean():.2%} fraud", file=sys.stderr)
