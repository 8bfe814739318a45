"""The scored table in memory, whatever it was read from, and what is known of how it was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from flowserve_ml.features.definitions import FEATURES
from stream_processor.replay.history import LABEL_DELAY_DAYS, ReplayError

COLUMNS: dict[str, pa.DataType] = {
    "row": pa.int64(),
    "transaction_id": pa.string(),
    "customer_id": pa.string(),
    "terminal_id": pa.string(),
    "occurred_at": pa.timestamp("us", "UTC"),
    "status": pa.string(),
    "score": pa.float64(),
    "decision": pa.string(),
    "reasons": pa.string(),
    "problem": pa.string(),
    "is_fraud": pa.bool_(),
    "late": pa.bool_(),
    **dict.fromkeys(FEATURES, pa.float64()),
}
"""The columns of the scored table; a transaction_id may be an integer as well."""

HELD = tuple(name for name in COLUMNS if name not in FEATURES or name == "amount")
"""The columns that every figure needs. The other features are fetched one by one: all would not fit twice."""

STATUSES = ("scored", "duplicate", "rejected")

# Few distinct texts on many rows: as categories they take a tenth of the memory.
_REPEATED = ("customer_id", "terminal_id", "status", "decision", "reasons", "problem")


Feature = Callable[[str], npt.NDArray[np.float64]]


class ReportError(ReplayError):
    """There is nothing to report on; the message says what to do."""


@dataclass(frozen=True)
class Info:
    """How a table was made. Thresholds are None where nobody wrote them down; `partial` is a sentence where
    the table does not hold all that was asked for."""

    source: str
    client_id: str
    model: str
    currency: str
    run_id: str | None = None
    review: float | None = None
    decline: float | None = None
    label_delay_days: float = LABEL_DELAY_DAYS
    partial: str | None = None


@dataclass(frozen=True)
class ScoredTable:
    """`name` is what the reader calls it; `table` has the columns HELD, most text as categories, labels
    nullable. `feature` gives any of FEATURES for the rows of the table, NaN where it is missing."""

    name: str
    table: pd.DataFrame
    feature: Feature
    info: Info


def info_of(about: Mapping[str, Any], partial: str | None = None) -> Info:
    """From the metadata of a scored table. Raises ReportError naming what is missing."""
    try:
        return Info(
            source=str(about["source"]),
            client_id=str(about["client_id"]),
            model=f"{about['model']['name']} {about['model']['version']}",
            currency=str(about["currency"]),
            run_id=about.get("run_id"),
            review=float(about["policy"]["review"]),
            decline=float(about["policy"]["decline"]),
            label_delay_days=float(about["label_delay_days"]),
            partial=partial,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReportError(
            f"what is written about the run is not complete ({error}): replay it again"
        ) from None


def frame(table: pa.Table) -> pd.DataFrame:
    """A table of HELD columns for the figures; its memory is given back on the way if nobody holds it."""
    for name in _REPEATED:
        if not pa.types.is_dictionary(table.schema.field(name).type):
            place = table.column_names.index(name)
            table = table.set_column(place, name, table[name].dictionary_encode())
    nullable = {pa.bool_(): pd.BooleanDtype()}.get
    table = table.unify_dictionaries()
    made = table.to_pandas(types_mapper=nullable, split_blocks=True, self_destruct=True)
    # Else Arrow keeps what it has freed, and the second of two large tables comes on top of it.
    pa.default_memory_pool().release_unused()
    return made


def between(scored: ScoredTable, first: datetime | None, end: datetime | None) -> ScoredTable:
    """The rows that occurred in [first, end). Raises ReportError where there are none."""
    if first is None and end is None:
        return scored
    times = scored.table["occurred_at"]
    chosen = times.notna()
    if first is not None:
        chosen &= times >= first
    if end is not None:
        chosen &= times < end
    if not chosen.any():
        raise ReportError(
            f"{scored.name}: no transaction occurred in the range that was asked for; "
            f"they lie between {_time(times.min())} and {_time(times.max())}"
        )
    places = np.flatnonzero(chosen.to_numpy())
    return replace(
        scored,
        table=scored.table.iloc[places].reset_index(drop=True),
        feature=lambda name: scored.feature(name)[places],
    )


def period(scored: ScoredTable) -> tuple[str | None, str | None]:
    """RFC 3339 times of the first and the last transaction, None where no row has a time."""
    times = scored.table["occurred_at"]
    return (_time(times.min()), _time(times.max())) if times.notna().any() else (None, None)


def _time(moment: pd.Timestamp) -> str:
    return (
        "never" if pd.isna(moment) else moment.to_pydatetime().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
