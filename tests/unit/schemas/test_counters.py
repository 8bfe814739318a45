"""What Prometheus is shown: declared names, listed label values, zeros from the start."""

import re
import subprocess
from collections.abc import Callable

import pytest

from schemas.counters import Counters
from schemas.metrics import LABELS, METRICS

SOURCES = ("ingest_api", "stream_processor")


def test_what_is_not_declared_cannot_be_counted() -> None:
    counters = Counters()
    attempts: tuple[Callable[[], None], ...] = (
        lambda: counters.add("flowserve_api_invented_total"),
        lambda: counters.observe("flowserve_api_invented_seconds", 1),
        lambda: counters.gauge("flowserve_api_invented", lambda: 1),
        lambda: counters.gauge("flowserve_api_shed_total", lambda: 1),
        lambda: counters.total("flowserve_api_lag_seconds", lambda: 1),
        lambda: counters.add("flowserve_api_lag_seconds"),
        lambda: counters.observe("flowserve_api_shed_total", 1),
    )
    for attempt in attempts:
        with pytest.raises(KeyError):
            attempt()


def test_a_label_has_the_values_of_the_list_and_no_others() -> None:
    counters = Counters()
    for name, value in (
        ("flowserve_scorer_decisions_total", "maybe"),
        ("flowserve_scorer_decisions_total", ""),
        ("flowserve_api_shed_total", "approve"),
    ):
        with pytest.raises(KeyError):
            counters.add(name, value=value)
    counters.gauge("flowserve_api_part_ok", lambda: {"invented": 1})
    with pytest.raises(KeyError):
        counters.text()


def test_counters_show_themselves_from_zero_and_an_unknown_gauge_is_left_out() -> None:
    counters = Counters()
    counters.declare("flowserve_api_")
    counters.gauge("flowserve_api_lag_seconds", lambda: None)
    counters.gauge("flowserve_api_pending_replies", lambda: 3)
    text = counters.text()
    assert "\nflowserve_api_shed_total 0.0\n" in text
    assert '\nflowserve_api_problems_total{code="overloaded"} 0.0\n' in text
    assert "\nflowserve_api_pending_replies 3.0\n" in text
    assert "lag_seconds" not in text
    assert "# TYPE flowserve_api_shed_total counter" in text
    assert "\nprocess_resident_memory_bytes " in text


def test_a_histogram_counts_each_measurement_in_every_bucket_that_holds_it() -> None:
    counters = Counters()
    for seconds in (0.001, 0.0011, 0.4, 31):
        counters.observe("flowserve_scorer_batch_seconds", seconds)
    lines = dict(line.rsplit(" ", 1) for line in counters.text().splitlines() if "batch_seconds" in line)
    name = "flowserve_scorer_batch_seconds"
    assert lines[f'{name}_bucket{{le="0.001"}}'] == "1.0"
    assert lines[f'{name}_bucket{{le="0.0025"}}'] == "2.0"
    assert lines[f'{name}_bucket{{le="0.5"}}'] == "3.0"
    assert lines[f'{name}_bucket{{le="+Inf"}}'] == lines[f"{name}_count"] == "4.0"
    assert float(lines[f"{name}_sum"]) == pytest.approx(31.4021)


def test_every_declared_metric_is_used_and_every_used_one_is_declared() -> None:
    found = subprocess.run(
        ["git", "grep", "--untracked", "-hoE", "flowserve_(api|scorer|sink)_[a-z_]+", "--", *SOURCES],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    used = {name for name in found if not name.endswith("_")}
    assert used == {name for name in METRICS if name.startswith("flowserve_")}


def test_names_say_their_kind_and_unit() -> None:
    for name, metric in METRICS.items():
        assert re.fullmatch(r"[a-z_]+", name)
        assert name.endswith("_total") == (metric.kind == "counter"), name
        assert bool(metric.buckets) == (metric.kind == "histogram"), name
        assert metric.help.endswith("."), name
        assert not metric.label or metric.label in LABELS, name
    assert {metric.label for metric in METRICS.values()} - {""} == set(LABELS)
