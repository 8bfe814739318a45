"""Scores a whole history: the folds of the live scorer, customer by customer and terminal by terminal.

Customers do not know of each other and terminals neither, so each may be folded from end to end; a test
holds the result against the live pipeline's own order.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from flowserve_ml.features.definitions import FEATURES, HORIZON_SECONDS, MAX_REMEMBERED_ROWS
from flowserve_ml.features.stream import Log, feature_rows
from flowserve_ml.reasons import Reason
from flowserve_ml.runtime import Model
from stream_processor.replay.history import History

SCORED, DUPLICATE, CONFLICT = 0, 1, 2
_MOST_AT_ONCE = 8_192
_NO_ROWS = np.empty((0, len(FEATURES)))

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Parallel to the history's table. `status`: SCORED, DUPLICATE or CONFLICT; `rows` of shape
    (n, len(FEATURES)) and `scores` are NaN unless scored, `decisions` None. `reasons` by place."""

    status: npt.NDArray[np.int8]
    rows: Floats
    scores: Floats
    decisions: npt.NDArray[np.object_]
    reasons: Mapping[int, list[Reason]]


def score_history(
    history: History, model: Model, wanted: npt.NDArray[np.bool_], advance: Callable[[int], None]
) -> Scored:
    """Folds every transaction and scores those that are `wanted`.

    `advance` is told of rows folded: each new transaction twice, by its customer and by its terminal.
    """
    table = history.table
    status = _repeats(table)
    new = status == SCORED
    log = _log(table[new] if not new.all() else table)
    rows = feature_rows(log, advance=advance) if len(table) else _NO_ROWS
    if not new.all():
        folded, rows = rows, np.full((len(table), len(FEATURES)), np.nan)
        rows[new] = folded
    places = np.flatnonzero(new & wanted)
    scores = np.full(len(table), np.nan)
    for first in range(0, len(places), _MOST_AT_ONCE):
        part = places[first : first + _MOST_AT_ONCE]
        scores[part] = model.score(rows[part])
    decisions = np.full(len(table), None, dtype=object)
    decisions[places] = model.manifest.policy.decisions(scores[places])
    flagged = places[decisions[places] != "approve"]
    explained = model.explain(rows[flagged], decisions[flagged].tolist())
    reasons = dict(zip(flagged.tolist(), explained, strict=True))
    return Scored(status, rows, scores, decisions, reasons)


def _log(table: pd.DataFrame) -> Log:
    return Log(
        table["micros"].to_numpy() // 1_000_000,
        pd.factorize(table["customer_id"])[0].astype(np.int32),
        pd.factorize(table["terminal_id"])[0].astype(np.int32),
        table["cents"].to_numpy(),
        table["due_fraud"].to_numpy(dtype=bool),
    )


def _repeats(table: pd.DataFrame) -> npt.NDArray[np.int8]:
    """Which transactions were decided before: as the scorer judges, from what it remembers then."""
    status = np.full(len(table), SCORED, dtype=np.int8)
    if table["transaction_id"].is_unique:
        return status
    again = np.flatnonzero(table.duplicated(["customer_id", "transaction_id"], keep=False).to_numpy())
    names = ("customer_id", "transaction_id", "micros", "terminal_id", "minor", "currency")
    part = table.iloc[again]
    numbers = table.groupby("customer_id", sort=False).cumcount().to_numpy()[again]
    repeats: Counter[str] = Counter()
    decided: dict[tuple[str, str], list[tuple[int, int, tuple[object, ...]]]] = defaultdict(list)
    columns = (part[name] for name in names)
    for place, number, entry in zip(again, numbers, zip(*columns, strict=True), strict=True):
        customer, transaction, micros, *_ = entry
        at, number = micros // 1_000_000, number - repeats[customer]
        since, oldest = at - HORIZON_SECONDS, number - MAX_REMEMBERED_ROWS
        known = decided[customer, transaction]
        first = next((body for t, nth, body in known if t > since and nth >= oldest), None)
        if first is None:
            known.append((at, number, entry))
        else:
            repeats[customer] += 1
            status[place] = DUPLICATE if first == entry else CONFLICT
    return status
