"""Small histories for a replay, as a source of stored requests gives them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from schemas.problems import Refusal
from schemas.transaction import Transaction
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History
from stream_processor.replay.scoring import Scored, Wanted, score_history
from tests.support.actors import rules

CLIENT = "bank-7"
START = datetime(2026, 2, 1, tzinfo=UTC)
DAY, HOUR = 86_400, 3_600


def transaction(number: int, after: float = 0, customer: str = "c-1", amount: int = 1_000) -> Transaction:
    """Transaction `tx-<number>`, so many seconds after START."""
    occurred_at = START + timedelta(seconds=after)
    return Transaction(f"tx-{number}", customer, "t-1", amount, "EUR", occurred_at)


def history_of(asked: Sequence[Transaction | Refusal], reports: Iterable[Report] = ()) -> History:
    return assemble("test", CLIENT, asked, reports, rules().model.manifest.rates, "")


def everything(table: pa.Table) -> npt.NDArray[np.bool_]:
    return np.ones(len(table), dtype=bool)


def scored(history: History, wanted: Wanted = everything) -> Scored:
    return score_history(history, rules().model, wanted, lambda _: None)


def outcomes(history: History, wanted: Wanted = everything) -> pd.DataFrame:
    """What became of the wanted transactions, in event order."""
    found = scored(history, wanted)
    return pa.concat_tables([found.schema.empty_table(), *found.by_event()]).to_pandas()
