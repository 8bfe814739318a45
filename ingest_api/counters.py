"""The numbers of this process in Prometheus' text format; names come from `schemas.metrics` only."""

from collections.abc import Callable

from schemas.metrics import METRICS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counters:
    """Counters are added to, gauges are read when somebody looks. An undeclared name is a KeyError."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._gauges: dict[str, Callable[[], float | None]] = {}

    def declare(self, *names: str) -> None:
        """Shows counters from the start, at 0, so that a rate can be taken of the first increment."""
        for name in names:
            self._counts.setdefault(_known(name, "counter"), 0)

    def add(self, name: str, count: int = 1) -> None:
        """Counts."""
        self._counts[name] = self._counts[_known(name, "counter")] + count

    def gauge(self, name: str, read: Callable[[], float | None]) -> None:
        """Registers a gauge; None means not known just now, and the line is left out."""
        self._gauges[_known(name, "gauge")] = read

    def text(self) -> str:
        """All of them, by name."""
        values = {**self._counts, **{name: read() for name, read in self._gauges.items()}}
        lines = []
        for name, value in sorted(values.items()):
            if value is not None:
                lines += [f"# HELP {name} {METRICS[name].help}", f"# TYPE {name} {METRICS[name].kind}"]
                lines.append(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}")
        return "\n".join(lines) + "\n"


def _known(name: str, kind: str) -> str:
    if METRICS[name].kind != kind:
        raise KeyError(f"{name} is not a {kind}")
    return name
