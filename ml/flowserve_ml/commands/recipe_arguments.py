"""Arguments that `simulate` and `train` share: how large a simulation and from which seed."""

import argparse
from datetime import date

from flowserve_ml.simulation.recipe import Recipe


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --days, --customers, --terminals, --start and --seed."""
    default = Recipe()
    parser.add_argument(
        "--days", type=int, default=default.days, help="days to simulate (default %(default)s)"
    )
    parser.add_argument(
        "--customers", type=int, default=default.customers, help="number of customers (default %(default)s)"
    )
    parser.add_argument(
        "--terminals", type=int, default=default.terminals, help="number of terminals (default %(default)s)"
    )
    parser.add_argument(
        "--start",
        type=date.fromisoformat,
        default=date(2026, 4, 1),
        help="first day, UTC (default %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same result (default %(default)s)")


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The recipe the arguments ask for; raises InputError if they make no sense."""
    return Recipe(customers=options.customers, terminals=options.terminals, days=options.days)
