"""What can be read of a running scorer at any moment, from any thread."""

from collections.abc import Callable, Mapping

from faust.types.tuples import TP

from schemas.counters import Counters
from schemas.topics import REQUESTS
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.actors import Actors
from stream_processor.scorer.drift import Drift
from stream_processor.scorer.models import CurrentRules
from stream_processor.scorer.snapshots.keeper import Snapshots

Ends = Callable[[], Mapping[TP, int]]
"""The next offset of each topic and partition as the last fetch told it."""


def register_gauges(
    counters: Counters,
    actors: Actors,
    ends: Ends,
    rules: CurrentRules,
    terminals: TerminalBook,
    snapshots: Snapshots,
    drift: Drift,
) -> None:
    """Registers them all."""

    def lag_records() -> dict[str, float]:
        known, states = ends(), actors.states()
        return {
            str(partition): max(0, known.get(TP(REQUESTS, partition), 0) - state.next)
            for partition, state in states.items()
        }

    def age() -> float | None:
        ages = [snapshots.age(partition) for partition in actors.states()]
        return max((age for age in ages if age is not None), default=None)

    counters.gauge("flowserve_scorer_lag_records", lag_records)
    counters.gauge("flowserve_scorer_lag_seconds", lambda: _by_partition(actors.waiting_seconds()))
    counters.gauge("flowserve_scorer_partitions", lambda: len(actors.states()))
    counters.gauge(
        "flowserve_scorer_customers", lambda: sum(len(state.customers) for state in actors.states().values())
    )
    counters.gauge("flowserve_scorer_terminals", lambda: len(terminals))
    counters.gauge("flowserve_scorer_model_info", lambda: {rules.version: 1})
    counters.gauge("flowserve_scorer_model_refused", lambda: int(rules.refusing))
    counters.gauge("flowserve_scorer_snapshot_age_seconds", age)
    counters.gauge("flowserve_scorer_drift_psi", lambda: drift.psi)
    counters.gauge("flowserve_scorer_drift_rows", lambda: drift.rows)


def _by_partition(values: Mapping[int, float]) -> dict[str, float]:
    return {str(partition): value for partition, value in values.items()}
