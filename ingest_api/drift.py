"""How far a client's newest features are from those of the training rows, by its rows and the manifest.

The scorers tell the same of all clients together, as a metric. The formula and its terms are those of
`flowserve_ml.drift`; a test holds the two against each other.
"""

import asyncio
import logging
import math
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from ingest_api.manifests import manifest_bytes

logger = logging.getLogger(__name__)

MOST_ROWS = 2_000
FEWEST_ROWS = 1_000
"""Below so many rows chance alone looks like drift."""

_KEPT_SECONDS = 60.0
_MOST_CLIENTS = 1_000
_LEAST_SHARE = 1e-4


class Drift(msgspec.Struct, frozen=True):
    """Of the client's newest transactions of the last hour, 2,000 at most.

    rows: how many those are. psi: by feature, the population stability index against the training rows; below
    0.1 nothing has changed, above 0.25 much has. Null below 1,000 rows, or where there is no baseline.
    """

    rows: int
    psi: dict[str, float] | None


class Bins(msgspec.Struct, frozen=True):
    """Of one feature: upper edges of all bins but the last, and the share of training rows in each bin.

    The bin of missing values comes after the others.
    """

    edges: list[float]
    shares: list[float]


Baseline = dict[str, Bins]


class _Training(msgspec.Struct):
    drift_baseline: Baseline | None = None


class _Manifest(msgspec.Struct):
    training: _Training


class _Scored(msgspec.Struct):
    features: dict[str, float | None]


_manifest = msgspec.json.Decoder(_Manifest)
_scored = msgspec.json.Decoder(_Scored)


class DriftBook:
    """Remembers an answer for a minute. `models` is the folder of models, `clock` monotonic seconds."""

    def __init__(self, models: Path, clock: Callable[[], float]) -> None:
        self._models = models
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Drift]] = {}

    async def of(self, client_id: str, version: str, load: Callable[[], Awaitable[Sequence[str]]]) -> Drift:
        """`load` reads bodies of what this version scored. Raises what it raises."""
        known = self._known.get((client_id, version))
        if known is not None and self._clock() - known[0] < _KEPT_SECONDS:
            return known[1]
        found = await asyncio.to_thread(self._look, version, await load())
        if len(self._known) >= _MOST_CLIENTS:
            self._known.clear()
        self._known[client_id, version] = self._clock(), found
        return found

    def _look(self, version: str, bodies: Sequence[str]) -> Drift:
        baseline = read_baseline(self._models, version) if len(bodies) >= FEWEST_ROWS else None
        if baseline is None:
            return Drift(len(bodies), None)
        rows = [_scored.decode(body).features for body in bodies]
        found = {name: psi(bins, [row.get(name) for row in rows]) for name, bins in baseline.items()}
        return Drift(len(bodies), {name: round(value, 4) for name, value in found.items()})


def read_baseline(models: Path, version: str) -> Baseline | None:
    """That of a model's manifest; None where it cannot be read here or has none."""
    try:
        content = manifest_bytes(models, version)
        return None if content is None else _manifest.decode(content).training.drift_baseline
    except (OSError, msgspec.DecodeError) as error:
        logger.warning("no baseline to tell drift by: %s", type(error).__name__, extra={"version": version})
        return None


def psi(bins: Bins, values: Sequence[float | None]) -> float:
    """Sum over the bins of (a - e) ln(a / e); None is missing. At least one value."""
    counts = [0] * len(bins.shares)
    for value in values:
        counts[-1 if value is None else bisect_left(bins.edges, value)] += 1
    total = 0.0
    for count, share in zip(counts, bins.shares, strict=True):
        actual, expected = max(count / len(values), _LEAST_SHARE), max(share, _LEAST_SHARE)
        total += (actual - expected) * math.log(actual / expected)
    return total
