"""The numbers of one process, for Prometheus.

They are plain numbers, so that counting costs next to nothing where transactions are decided (0.1 µs, where
prometheus_client's own counters take 1.2); prometheus_client writes them down, when somebody looks.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from schemas.metrics import LABELS, METRICS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Reading = float | Mapping[str, float] | None
Read = Callable[[], Reading]

_Count = dict[str, float]


class Counters(Collector):
    """Counters and histograms are added to, gauges are read when somebody looks: maybe from another thread.

    Only what `schemas.metrics` declares can be counted, and only under the label values that it lists:
    anything else is a KeyError. A metric without a label has the value "" for it.
    """

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}
        self._spreads: dict[str, list[float]] = {}
        self._reads: dict[str, Read] = {}
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def declare(self, prefix: str) -> None:
        """Shows what is counted from the start, at 0, so that a rate can be taken of the first increment."""
        for name, metric in METRICS.items():
            if name.startswith(prefix) and metric.kind == "histogram":
                self._spreads.setdefault(name, _no_spread(name))
            if name.startswith(prefix) and metric.kind == "counter":
                for value in (LABELS[metric.label] or ()) if metric.label else ("",):
                    self._counts.setdefault(name, {}).setdefault(value, 0)

    def add(self, name: str, count: int = 1, value: str = "") -> None:
        """Counts. `value` is that of the metric's label."""
        counts = self._counts.get(name)
        if counts is None:
            _check(name, "counter")
            counts = self._counts[name] = {}
        if value not in counts:
            _check_value(name, value)
            counts[value] = 0
        counts[value] += count

    def observe(self, name: str, measured: float) -> None:
        """Adds a measurement to a histogram."""
        spread = self._spreads.get(name)
        if spread is None:
            _check(name, "histogram")
            spread = self._spreads[name] = _no_spread(name)
        spread[bisect_left(METRICS[name].buckets, measured)] += 1
        spread[-1] += measured

    def gauge(self, name: str, read: Read) -> None:
        """Registers a gauge: a number, or one for each value of its label. None is not known just now."""
        _check(name, "gauge")
        self._reads[name] = read

    def total(self, name: str, read: Read) -> None:
        """Registers a counter that is counted elsewhere."""
        _check(name, "counter")
        self._reads[name] = read

    def values(self) -> Mapping[str, int]:
        """What was counted so far, the values of a label together."""
        return {name: int(sum(counts.values())) for name, counts in self._counts.items()}

    def text(self) -> str:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry).decode()

    def collect(self) -> Iterator[Family]:
        """For prometheus_client."""
        for name, counts in sorted({**self._counts, **self._read()}.items()):
            metric = METRICS[name]
            make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = make(name, metric.help, labels=[metric.label] if metric.label else None)
            for value, count in sorted(counts.copy().items()):
                family.add_metric([value] if metric.label else [], count)
            yield family
        for name, spread in sorted(self._spreads.copy().items()):
            yield _histogram(name, spread.copy())

    def _read(self) -> dict[str, _Count]:
        found: dict[str, _Count] = {}
        for name, read in self._reads.items():
            reading = read()
            if isinstance(reading, Mapping):
                for value in reading:
                    _check_value(name, value)
                found[name] = dict(reading)
            elif reading is not None:
                found[name] = {"": reading}
        return found


def _no_spread(name: str) -> list[float]:
    """One count for each bucket, one for what is above them, and the sum."""
    return [0.0] * (len(METRICS[name].buckets) + 2)


def _histogram(name: str, spread: list[float]) -> Family:
    *counts, total = spread
    bounds = [f"{bound:g}" for bound in METRICS[name].buckets] + ["+Inf"]
    reached = [sum(counts[: place + 1]) for place in range(len(counts))]
    return HistogramMetricFamily(
        name, METRICS[name].help, buckets=list(zip(bounds, reached, strict=True)), sum_value=total
    )


def _check(name: str, kind: str) -> None:
    if METRICS[name].kind != kind:
        raise KeyError(f"{name} is not a {kind}")


def _check_value(name: str, value: str) -> None:
    label = METRICS[name].label
    if (not label) != (value == ""):
        raise KeyError(f"{name} has {'the label ' + label if label else 'no label'}")
    allowed = LABELS[label] if label else None
    if allowed is not None and value not in allowed:
        raise KeyError(f"{value} is no {label}")
