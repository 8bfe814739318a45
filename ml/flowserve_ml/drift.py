"""How far feature values of today are from those a model was trained on: population stability index.

PSI of a feature = sum over its bins of (a - e) ln(a / e), with e the share of the training rows in the bin
and a that of the rows looked at. By custom: below 0.1 nothing has changed, above 0.25 much has. Bins are the
tenths of the training rows; a missing value has a bin of its own. Of n rows that have not drifted, chance
alone makes about bins / n: look at a thousand or more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import FEATURES

BASELINE = "drift_baseline"
"""Where the manifest's `training` has it: what read manifests before there was one reads them still."""

_TENTHS = np.arange(1, 10) / 10
_LEAST_SHARE = 1e-4
_DECIMALS = 6
# They say when a transaction happened and not what it is like: any hour differs from all hours.
_OF_THE_CLOCK = frozenset({"weekend", "night"})

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bins:
    """Of one feature: the upper edges of all bins but the last, and the share of training rows in each.

    The bin of missing values comes after the others, so there are len(edges) + 2 shares.
    """

    edges: Floats
    shares: Floats

    def counts(self, values: Floats) -> Counts:
        """How many values lie in each bin."""
        missing = np.isnan(values)
        places = np.searchsorted(self.edges, values[~missing], side="left")
        found = np.bincount(places, minlength=len(self.edges) + 2)
        found[-1] = missing.sum()
        return found.astype(np.int64)

    def psi(self, counts: Counts) -> float:
        """0 where the rows counted are spread over the bins as the training rows are."""
        expected = np.maximum(self.shares, _LEAST_SHARE)
        actual = np.maximum(counts / counts.sum(), _LEAST_SHARE)
        return float(((actual - expected) * np.log(actual / expected)).sum())


class Baseline:
    """The bins of each feature that can drift, by name."""

    def __init__(self, bins: Mapping[str, Bins]) -> None:
        self.bins = bins
        self._columns = {name: FEATURES.index(name) for name in bins}

    @classmethod
    def of(cls, training: Mapping[str, Any]) -> "Baseline | None":
        """That of a manifest's `training`, None where it has none. Raises ArtifactError."""
        document = training.get(BASELINE)
        if document is None:
            return None
        try:
            return cls({name: _bins(entry) for name, entry in document.items()})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"training.{BASELINE} cannot be read: {error!r}; train again") from None

    def counts(self, rows: Floats) -> dict[str, Counts]:
        """By feature, of rows (n, len(FEATURES))."""
        return {name: bins.counts(rows[:, self._columns[name]]) for name, bins in self.bins.items()}

    def psi(self, counts: Mapping[str, Counts]) -> dict[str, float]:
        """By feature; at least one row must be counted."""
        return {name: bins.psi(counts[name]) for name, bins in self.bins.items()}


def baseline(rows: Floats) -> dict[str, Any]:
    """For the manifest, from the training rows (n, len(FEATURES))."""
    found = {}
    for place, name in enumerate(FEATURES):
        if name not in _OF_THE_CLOCK:
            values = rows[:, place]
            known = values[~np.isnan(values)]
            edges = _edges(known) if len(known) else np.empty(0)
            counts = Bins(edges, np.zeros(len(edges) + 2)).counts(values)
            shares = np.round(counts / counts.sum(), _DECIMALS)
            found[name] = {"edges": edges.tolist(), "shares": shares.tolist()}
    return found


def _edges(known: Floats) -> Floats:
    """Fewer than nine where many rows have the same value; the largest is no edge: nothing lies beyond it."""
    edges: Floats = np.unique(np.round(np.quantile(known, _TENTHS), _DECIMALS))
    below: Floats = edges[edges < known.max()]
    return below


def _bins(entry: Mapping[str, Any]) -> Bins:
    edges, shares = (np.array(entry[name], dtype=np.float64) for name in ("edges", "shares"))
    if edges.ndim != 1 or shares.shape != (len(edges) + 2,) or not np.all(np.diff(edges) > 0):
        raise ValueError("edges must rise, with two shares more than edges")
    if not (np.all(shares >= 0) and abs(shares.sum() - 1) < 1e-3):
        raise ValueError("shares must add up to 1")
    return Bins(edges, shares)
