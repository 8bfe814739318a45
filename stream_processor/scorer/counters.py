"""Counters of one process; only names that `schemas.metrics` declares can be counted."""

from collections.abc import Mapping

from schemas.metrics import METRICS


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
