"""History as a replay takes it, whatever it was read from: typed columns in the order of event time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from stream_processor.replay.refusals import Refusals

GENUINE, FRAUD, UNKNOWN_LABEL = 0, 1, -1

LABEL_DELAY_DAYS = LABEL_DELAY_SECONDS / DAY_SECONDS
"""From a fraud to its report, as the live scorer waits for it."""


class ReplayError(Exception):
    """The replay cannot start, or cannot go on; the message says what to do."""


def columns(given: pa.DataType) -> pa.Schema:
    """Of the tables of a history whose input has transaction ids of that type.

    `row` of the input, from 1; `given`, the transaction id as it stands there, and as text; `minor` and
    `currency`, the amount as it was given, and `cents` of the base currency; `micros`, occurred_at since 1970
    UTC; `label` (1 fraud, 0 genuine, -1 unknown: what is known of it today) and `due_fraud` (whether it was
    known when the label fell due).
    """
    return pa.schema(
        {
            "row": pa.int64(),
            "given": given,
            "transaction_id": pa.string(),
            "customer_id": pa.string(),
            "terminal_id": pa.string(),
            "minor": pa.int64(),
            "currency": pa.string(),
            "micros": pa.int64(),
            "cents": pa.int64(),
            "label": pa.int8(),
            "due_fraud": pa.bool_(),
        }
    )


@dataclass(frozen=True)
class History:
    """The transactions of one client; they lie on disk.

    `tables` reads them from the beginning, some at a time, in event-time order, rows of the same moment as
    they came; columns are those of `columns`. There are `transactions` of them between `first` and `last`
    (micros, None where there are none), in an input of `rows` rows. `fingerprint` tells one input from
    another.
    """

    source: str
    client_id: str
    tables: Callable[[], Iterator[pa.Table]]
    transactions: int
    first: int | None
    last: int | None
    rows: int
    given: pa.DataType
    fingerprint: str
    refused: Refusals
    notes: Sequence[str] = ()
    labelled: bool = False

    @property
    def table(self) -> pd.DataFrame:
        """All of it in memory: for histories that are known to be small."""
        return pa.concat_tables([columns(self.given).empty_table(), *self.tables()]).to_pandas()
