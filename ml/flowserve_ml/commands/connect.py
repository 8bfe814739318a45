"""`flowserve-ml connect`: a trained artifact goes into a running backend, and its answers are compared."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flowserve_ml.connect import differences, install, samples, wait_until_running
from flowserve_ml.connection import Backend
from flowserve_ml.errors import InputError
from flowserve_ml.settings import api_key


def main(arguments: Sequence[str]) -> None:
    """Install, wait, send, compare; fails if any answer differs from the offline score."""
    options = _parse(arguments)
    now, stream = datetime.now(UTC), sys.stderr
    backend = Backend(options.url, api_key())
    model = install(options.artifact, options.models)
    version = model.manifest.version
    print(
        f"{options.models / version} is verified and in use; waiting for the scorers", file=stream, flush=True
    )
    probes = samples(model, max(1, int(options.wait)), now - timedelta(seconds=1))
    wait_until_running(backend, version, probes, options.wait, stream)
    expected = samples(model, options.count, now)
    found = differences(backend, version, expected, options.wait)
    if found:
        raise InputError("the backend's answers differ from the offline scores:\n  " + "\n  ".join(found))
    decisions = [sample.decision for sample in expected]
    counts = ", ".join(f"{decisions.count(name)} {name}" for name in ("approve", "review", "decline"))
    print(f"{version}: {len(expected)} answers equal the offline scores ({counts})")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml connect",
        description="Put a trained model into a running backend and compare its answers with the offline "
        "scores. The API key is read from FLOWSERVE_API_KEY.",
    )
    parser.add_argument("--artifact", type=Path, required=True, help="folder of the trained version")
    parser.add_argument("--models", type=Path, required=True, help="folder of models of the backend")
    parser.add_argument("--url", default="http://localhost:8000", help="the API (default %(default)s)")
    parser.add_argument("--count", type=int, default=50, help="transactions to compare (default %(default)s)")
    parser.add_argument(
        "--wait", type=float, default=60.0, help="seconds to wait for the backend (default %(default)s)"
    )
    return parser.parse_args(arguments)
