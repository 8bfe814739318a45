"""What a scorer shows of itself at any moment."""

from types import SimpleNamespace
from typing import Any, cast

from faust.types.tuples import TP

from schemas.counters import Counters
from schemas.topics import REQUESTS
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.actors import Actors
from stream_processor.scorer.drift import Drift
from stream_processor.scorer.gauges import register_gauges
from tests.support.exposition import samples, undeclared


def shown(**changes: Any) -> dict[tuple[str, str], float]:  # noqa: ANN401
    """Name and value of the label to value."""
    clock = SimpleNamespace(clock_ms=lambda: 20_000)
    actors, counters, drift = Actors(cast(Any, clock)), Counters(), Drift(lambda: None)
    for partition, next_offset in ((0, 7), (3, 40)):
        state = PartitionState()
        state.next, state.customers = next_offset, {f"c-{partition}": b""}
        actors._actors[partition] = cast(Any, SimpleNamespace(state=state))
    actors._in_hand_since_ms[3] = 15_500
    ends = {TP(REQUESTS, 0): 7, TP(REQUESTS, 3): 45}
    drift.psi, drift.rows = changes.get("psi"), changes.get("rows")
    rules = SimpleNamespace(version="9.9", refusing=changes.get("refusing", False))
    ages = {0: 12.0, 3: changes.get("age")}
    snapshots = SimpleNamespace(age=ages.get)
    register_gauges(
        counters, actors, lambda: ends, cast(Any, rules), TerminalBook(), cast(Any, snapshots), drift
    )
    text = counters.text()
    assert undeclared(text) == set()
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples(text)}


def test_lag_is_told_by_partition_in_records_and_in_seconds() -> None:
    found = shown()
    assert [found["flowserve_scorer_lag_records", partition] for partition in "03"] == [0, 5]
    assert [found["flowserve_scorer_lag_seconds", partition] for partition in "03"] == [0, 4.5]
    assert found["flowserve_scorer_partitions", ""] == 2
    assert found["flowserve_scorer_customers", ""] == 2


def test_the_model_and_whether_a_new_one_is_refused_are_told() -> None:
    assert shown()["flowserve_scorer_model_info", "9.9"] == 1
    assert [shown(refusing=each)["flowserve_scorer_model_refused", ""] for each in (False, True)] == [0, 1]


def test_the_oldest_snapshot_counts_and_one_that_was_never_made_is_left_out() -> None:
    assert shown(age=90.0)["flowserve_scorer_snapshot_age_seconds", ""] == 90
    assert shown()["flowserve_scorer_snapshot_age_seconds", ""] == 12


def test_drift_is_told_once_it_is_known() -> None:
    assert not [name for name, _ in shown() if "drift" in name]
    found = shown(psi={"amount": 0.3}, rows=1_200)
    assert (found["flowserve_scorer_drift_psi", "amount"], found["flowserve_scorer_drift_rows", ""]) == (
        0.3,
        1_200,
    )
