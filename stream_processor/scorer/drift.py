"""Watches whether features drift from those the model was trained on: hour by hour, beside the decisions.

A batch only leaves its feature rows here. They are counted every few seconds in a thread, and no more of them
than tell something, so that the load makes no difference.
"""

import asyncio
from collections.abc import Callable, Mapping
from itertools import groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from flowserve_ml.drift import Baseline

_HOUR_MS = 3_600_000
_MOST_AT_ONCE = 5_000
_FEWEST = 1_000
"""Below so many rows chance alone looks like drift: the window goes on until it has them."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class Drift:
    """Of one process, over its partitions. `baseline` gives that of the model of the moment, if it has one.

    Windows are hours of broker time. `psi` and `rows` are those of the last window that ended; None before.
    """

    def __init__(self, baseline: Callable[[], Baseline | None]) -> None:
        self._baseline = baseline
        self._counted_by: Baseline | None = None
        self._left: list[tuple[int, Floats]] = []
        self._room = _MOST_AT_ONCE
        self._hour: int | None = None
        self._counts: dict[str, Counts] = {}
        self._rows = 0
        self.psi: Mapping[str, float] | None = None
        self.rows: int | None = None

    def note(self, rows: Floats | None, received_ms: int) -> None:
        """Leaves the feature rows (n, len(FEATURES)) of a batch, which nobody changes any more."""
        if rows is not None and self._room > 0:
            self._left.append((received_ms // _HOUR_MS, rows[: self._room]))
            self._room -= len(rows)

    async def count(self) -> None:
        """Counts what was left since the last time."""
        left, self._left, self._room = self._left, [], _MOST_AT_ONCE
        baseline = self._baseline()
        if baseline is not self._counted_by:
            self._counted_by, self._hour, self.psi, self.rows = baseline, None, None, None
        if baseline is not None:
            for hour, batches in groupby(left, key=itemgetter(0)):
                # One way to the thread for all of an hour: one for each small batch costs more than counting.
                rows = np.concatenate([batch for _, batch in batches])
                self._begin(hour, baseline)
                self._add(await asyncio.to_thread(baseline.counts, rows), len(rows))

    def _begin(self, hour: int, baseline: Baseline) -> None:
        """Ends the window at the first row of a later hour."""
        if self._hour is not None and (hour <= self._hour or self._rows < _FEWEST):
            return
        if self._hour is not None:
            self.psi, self.rows = baseline.psi(self._counts), self._rows
        self._hour, self._counts, self._rows = hour, {}, 0

    def _add(self, counts: Mapping[str, Counts], rows: int) -> None:
        for name, found in counts.items():
            self._counts[name] = self._counts[name] + found if name in self._counts else found
        self._rows += rows
