"""`flowserve-ml policy`: a new version of a model with other thresholds, without training."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flowserve_ml.costs import Costs
from flowserve_ml.errors import InputError
from flowserve_ml.manifest import Manifest, load_manifest
from flowserve_ml.policy import DECIMALS
from flowserve_ml.repolicy import Thresholds, change_thresholds
from flowserve_ml.store import current_folder, version_folder

_COSTS = ("review", "false_decline", "missed_fraud", "found_in_review")


def main(arguments: Sequence[str]) -> None:
    """Write the version and print its thresholds and, where the model knows them, the rates to expect."""
    options = _parse(arguments)
    source = version_folder(options.models, options.source) if options.source else None
    source = source or current_folder(options.models)
    before = load_manifest(source)
    try:
        thresholds = _thresholds(options, before)
    except ValueError as error:
        raise InputError(str(error)) from None
    if thresholds.policy == before.policy and thresholds.costs == before.costs:
        raise InputError(f"{source} has these thresholds already: nothing was written")
    manifest = change_thresholds(
        source, options.models, options.version, thresholds, datetime.now(UTC), options.use
    )
    print(f"{options.models / options.version}: review from {manifest.policy.review}, ", end="")
    print(f"decline from {manifest.policy.decline}; trees of {before.version}")
    for weeks, figures in manifest.metrics.items():
        if "review_share" in figures:
            print(f"{weeks}: {figures['review_share']:.3%} reviewed, {figures['decline_share']:.3%} declined")
        else:
            print(f"{weeks}: {before.version} holds no scores to tell the rates from; `evaluate` tells them")


def _thresholds(options: argparse.Namespace, before: Manifest) -> Thresholds:
    named = {name: getattr(options, f"cost_{name}") for name in _COSTS}
    changed = {name: value for name, value in named.items() if value is not None}
    if changed:
        costs = replace(before.costs, **changed)
        return Thresholds(costs.policy(), costs, _rule(costs))
    by_hand = {"review": options.review, "decline": options.decline}
    given = replace(before.policy, **{name: value for name, value in by_hand.items() if value is not None})
    for value in (given.review, given.decline):
        if round(value, DECIMALS) != value:
            raise InputError(f"thresholds have at most {DECIMALS} decimals, {value} has more")
    return Thresholds(given, before.costs, f"set by hand, not from the costs, in place of {before.version}'s")


def _rule(costs: Costs) -> str:
    return (
        f"least expected cost: a review costs {costs.review:g} and recognises {costs.found_in_review:.0%} of "
        f"frauds, declining a genuine customer costs {costs.false_decline:g}, approving a fraud costs "
        f"{costs.missed_fraud:g} (base currency)"
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml policy",
        description="Make a new version of a model with other thresholds: given as scores, or following from "
        "what decisions cost (major units of the base currency). The trees stay as they are.",
    )
    parser.add_argument(
        "--models", type=Path, default=Path("models"), help="folder of models (default %(default)s)"
    )
    parser.add_argument(
        "--from", dest="source", metavar="VERSION", help="whose trees (default: the one in use)"
    )
    parser.add_argument("--version", required=True, help="name of the new version, for example 2026.12.2")
    parser.add_argument("--review", type=float, help="score from which a person looks at it")
    parser.add_argument("--decline", type=float, help="score from which it is refused")
    for name, what in (
        ("review", "of a review"),
        ("false-decline", "of a genuine customer declined"),
        ("missed-fraud", "of a fraud approved"),
    ):
        parser.add_argument(f"--cost-{name}", type=float, metavar="COST", help=f"cost {what}")
    parser.add_argument(
        "--found-in-review",
        dest="cost_found_in_review",
        type=float,
        metavar="SHARE",
        help="share of reviewed frauds that the analyst recognises",
    )
    parser.add_argument("--use", action="store_true", help="also put the new version in use")
    options = parser.parse_args(arguments)
    by_costs = any(getattr(options, f"cost_{name}") is not None for name in _COSTS)
    by_hand = options.review is not None or options.decline is not None
    if by_costs == by_hand:
        parser.error("give either thresholds (--review, --decline) or costs (--cost-..., --found-in-review)")
    return options
