"""What a replay is asked to do, and which transactions of a history that means."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flowserve_ml.runtime import Model
from stream_processor.replay.history import LABEL_DELAY_DAYS, History, ReplayError

Flags = npt.NDArray[np.bool_]

_SAMPLE_OF = 1_000_000


@dataclass(frozen=True)
class Plan:
    """Transactions with occurred_at in [first, end), seconds since 1970 UTC, None for no limit.

    Those of the `warm_up_seconds` before `first`, None for all there are, are folded and not scored. `sample`
    is the share of the customers whose transactions are scored; all are folded, so every score stays exact.
    `speed` is event time over time, None for as fast as it goes.
    """

    first: float | None = None
    end: float | None = None
    warm_up_seconds: float | None = None
    sample: float = 1.0
    label_delay_days: float = LABEL_DELAY_DAYS
    speed: float | None = None


class Wanted:
    """Which transactions of a history are scored: from `first` on (seconds), of a share of the customers."""

    def __init__(self, first: float | None, sample: float) -> None:
        self._first = first
        self._sample = sample

    def __call__(self, table: pa.Table) -> Flags:
        """For each of some transactions of the history."""
        wanted = np.ones(len(table), dtype=bool)
        if self._first is not None:
            wanted &= table["micros"].to_numpy() >= self._first * 1e6
        if self._sample < 1:
            customers = table["customer_id"].combine_chunks().dictionary_encode()
            taken = [_sampled(each, self._sample) for each in customers.dictionary.to_pylist()]
            wanted &= np.array(taken, dtype=bool)[customers.indices.to_numpy()]
        return wanted

    def count(self, history: History) -> int:
        """How many of the history's transactions are scored."""
        if self._first is None and self._sample >= 1:
            return history.transactions
        return sum(int(self(table).sum()) for table in history.tables())


def select(history: History, plan: Plan) -> tuple[History, Wanted]:
    """The history that is folded, and which of its transactions are scored. Raises ReplayError for none."""
    if not history.transactions and not len(history.refused):
        raise ReplayError(f"{history.source}: there are no transactions of client {history.client_id}")
    first = None
    if plan.first is not None and plan.warm_up_seconds is not None:
        first = plan.first - plan.warm_up_seconds
    chosen = history if first is None and plan.end is None else _between(history, first, plan.end)
    in_range = Wanted(plan.first, 1)
    if history.transactions and not in_range.count(chosen):
        raise ReplayError(
            f"{history.source}: no transaction lies in the range that was asked for; they lie between "
            f"{_time(history.first)} and {_time(history.last)}"
        )
    return chosen, Wanted(plan.first, plan.sample)


def _between(history: History, first: float | None, end: float | None) -> History:
    """Its transactions in [first, end), seconds."""

    def tables() -> Iterator[pa.Table]:
        for table in history.tables():
            micros = table["micros"].to_numpy()
            start = 0 if first is None else int(np.searchsorted(micros, first * 1e6))
            stop = len(micros) if end is None else int(np.searchsorted(micros, end * 1e6))
            if start < stop:
                yield table.slice(start, stop - start)

    count, ends = 0, list[int]()
    for table in tables():
        count += len(table)
        ends += [table["micros"][0].as_py(), table["micros"][-1].as_py()]
    around = (min(ends, default=None), max(ends, default=None))
    return replace(history, tables=tables, transactions=count, first=around[0], last=around[1])


def about(history: History, plan: Plan, model: Model) -> dict[str, Any]:
    """Everything that the results depend on, as plain values: equal for equal results."""
    manifest = model.manifest
    return {
        "client_id": history.client_id,
        "source": history.source,
        "fingerprint": history.fingerprint,
        "model": {"name": manifest.name, "version": manifest.version},
        "policy": asdict(manifest.policy),
        "currency": manifest.base_currency,
        "from": _time(history.first),
        "to": _time(history.last),
        "label_delay_days": plan.label_delay_days,
        "plan": {name: value for name, value in asdict(plan).items() if name != "speed"},
    }


def default_run_id(facts: dict[str, Any]) -> str:
    """The same for the same replay: nobody scores it twice without noticing."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"replay-{digest[:12]}"


def _sampled(customer: str, share: float) -> bool:
    """By a hash of the customer, so that every run takes the same ones."""
    return zlib.crc32(customer.encode()) % _SAMPLE_OF < share * _SAMPLE_OF


def _time(micros: int | None) -> str | None:
    if micros is None:
        return None
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
