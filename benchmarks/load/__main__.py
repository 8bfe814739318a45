"""`python -m benchmarks.load URL --key KEY --rate 100`: predictions at a steady rate, and how long they took.

Calls come when they are due (Poisson arrivals), whether or not earlier ones are answered, and a latency
counts from when its call was due: a server that stands still for a second shows every call that it kept
waiting.
The transactions are made up, and the server decides and stores them like any others. Use an installation
of your own, and a client of its own for this.
"""

import argparse
import secrets
import sys
from datetime import UTC, datetime

import uvloop

from benchmarks.load.caller import Caller
from benchmarks.load.calls import Calls
from benchmarks.load.report import report
from benchmarks.load.target import Target


async def offer(target: Target, key: str, rate: float, seconds: float, budget: float, seed: int) -> Caller:
    """Offers the load; the caller knows what came of it."""
    calls = Calls(f"load-{secrets.token_hex(4)}", target, key, seed, datetime.now(UTC))
    caller = Caller(target, calls, budget)
    try:
        await caller.open_loop(rate, seconds, seed)
    finally:
        await caller.close()
    return caller


def main() -> None:
    """Offers what is asked for and prints the report; exit code 1 where nothing was answered."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("url", type=_target, metavar="URL", help="such as http://127.0.0.1:8000")
    parser.add_argument("--key", required=True, help="an API key, as `flowserve keys create` prints it")
    parser.add_argument("--rate", type=float, default=100, help="calls a second (default: 100)")
    parser.add_argument("--seconds", type=float, default=30, help="how long (default: 30)")
    parser.add_argument(
        "--budget", type=float, default=5, help="seconds until a caller gives up (default: 5)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of arrivals and transactions (default: 1)")
    asked = parser.parse_args()
    if not (asked.rate > 0 and asked.seconds > 0 and asked.budget > 0):
        parser.error("--rate, --seconds and --budget must be above 0")
    caller = uvloop.run(offer(asked.url, asked.key, asked.rate, asked.seconds, asked.budget, asked.seed))
    print(report(caller, asked.seconds))
    sys.exit(0 if any(call.status for call in caller.done) else 1)


def _target(url: str) -> Target:
    try:
        return Target.of(url)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    main()
