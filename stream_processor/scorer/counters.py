"""Counters of one process; only names that `schemas.metrics` declares can be counted."""

from collections.abc import Mapping, Sequence

from schemas.metrics import METRICS
from stream_processor.pipeline.results import Result

_BY_STATUS = {
    "scored": "flowserve_scorer_scored_total",
    "duplicate": "flowserve_scorer_duplicates_total",
    "rejected": "flowserve_scorer_rejected_total",
}


class Counters:
    """Plain numbers, read and written on one event loop."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}

    def add(self, name: str, amount: int = 1) -> None:
        """Adds to a declared counter; an undeclared name is a KeyError."""
        if METRICS[name].kind != "counter":
            raise KeyError(name)
        self._values[name] = self._values.get(name, 0) + amount

    def values(self) -> Mapping[str, int]:
        """What was counted so far."""
        return dict(self._values)


def count_decided(counters: Counters, results: Sequence[Result]) -> None:
    """Counts one batch that became durable."""
    counters.add("flowserve_scorer_batches_total")
    for status, name in _BY_STATUS.items():
        counters.add(name, sum(entry.status == status for entry in results))
    counters.add("flowserve_scorer_bad_headers_total", sum(entry.unusable_headers for entry in results))
