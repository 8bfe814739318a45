"""What a replay is asked to do, and which transactions of a history that means."""

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

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


def select(history: History, plan: Plan) -> tuple[History, Flags]:
    """The history that is folded, and which of its transactions are scored. Raises ReplayError for none."""
    micros = history.table["micros"].to_numpy()
    if not len(micros) and not history.refused:
        raise ReplayError(f"{history.source}: there are no transactions of client {history.client_id}")
    folded, wanted = np.ones(len(micros), bool), np.ones(len(micros), bool)
    if plan.end is not None:
        folded &= micros < plan.end * 1e6
    if plan.first is not None:
        if plan.warm_up_seconds is not None:
            folded &= micros >= (plan.first - plan.warm_up_seconds) * 1e6
        wanted &= micros >= plan.first * 1e6
    if len(micros) and not (folded & wanted).any():
        raise ReplayError(
            f"{history.source}: no transaction lies in the range that was asked for; they lie between "
            f"{_time(micros.min())} and {_time(micros.max())}"
        )
    if plan.sample < 1:
        wanted &= _sampled(history, plan.sample)
    chosen = history if folded.all() else replace(history, table=history.table[folded].reset_index(drop=True))
    return chosen, wanted[folded]


def about(history: History, plan: Plan, model: Model) -> dict[str, Any]:
    """Everything that the results depend on, as plain values: equal for equal results."""
    manifest = model.manifest
    micros = history.table["micros"]
    return {
        "client_id": history.client_id,
        "source": history.source,
        "fingerprint": history.fingerprint,
        "model": {"name": manifest.name, "version": manifest.version},
        "policy": asdict(manifest.policy),
        "currency": manifest.base_currency,
        "from": _time(micros.min()) if len(micros) else None,
        "to": _time(micros.max()) if len(micros) else None,
        "label_delay_days": plan.label_delay_days,
        "plan": {name: value for name, value in asdict(plan).items() if name != "speed"},
    }


def default_run_id(facts: dict[str, Any]) -> str:
    """The same for the same replay: nobody scores it twice without noticing."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"replay-{digest[:12]}"


def _sampled(history: History, share: float) -> Flags:
    """By a hash of the customer, so that every run takes the same ones."""
    customers = history.table["customer_id"].to_numpy()
    taken = {each: zlib.crc32(each.encode()) % _SAMPLE_OF < share * _SAMPLE_OF for each in set(customers)}
    return np.array([taken[each] for each in customers], dtype=bool)


def _time(micros: int) -> str:
    return datetime.fromtimestamp(int(micros) / 1e6, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
