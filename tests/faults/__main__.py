"""`python -m tests.faults [--short | --middle] [--only NAME ...]`: the fault campaign, also in slices."""

import argparse
import asyncio
import logging
import math
import os
import sys
import time
from pathlib import Path

from tests.faults.campaign import Campaign, of_form
from tests.faults.fault import Tier
from tests.faults.report import write_report
from tests.faults.results import Results, product_fingerprint

_OUTPUT = Path("build/faults")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="three faults, in less than three minutes")
    parser.add_argument("--middle", action="store_true", help="the most telling faults, once each")
    parser.add_argument("--only", nargs="*", default=[], help="rows (F02) or names of faults")
    parser.add_argument("--runs", type=int, default=1, help="how often each is done, with other choices")
    parser.add_argument("--seed", type=int, default=1, help="traffic and choices follow from it")
    parser.add_argument("--output", type=Path, default=_OUTPUT, help="folder for one JSON file per run")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="leave out the runs that the folder has of this seed, this form and this code, clean or not",
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no run after so many")
    parser.add_argument(
        "--report", action="store_true", help="only write docs/reliability.md from that folder"
    )
    return parser.parse_args()


def main() -> int:
    asked = _arguments()
    if asked.report:
        write_report(asked.output)
        return 0
    # The campaign's own clients meet every outage, too, and would tell of each attempt.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    tier: Tier = "short" if asked.short else "middle" if asked.middle else "full"
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))
    }
    began = time.monotonic()
    end = began + asked.minutes * 60
    results = Results(asked.output, asked.seed, tier, product_fingerprint())
    campaign = Campaign(inherited, results, asked.resume, lambda: time.monotonic() >= end)
    plan = campaign.plan(of_form(tier, asked.only), asked.runs)
    runs = asyncio.run(campaign.run(plan))
    dirty = [run for run in runs if not run.clean]
    print(
        f"{len(runs)} of {len(plan)} runs in {(time.monotonic() - began) / 60:.1f} min: "
        f"{sum(run.records for run in runs):,} records, {sum(run.kills for run in runs)} kills, "
        f"{len(dirty)} runs are not clean"
    )
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
