"""Scores a history part by part: the folds of the live scorer, customer by customer, terminal by terminal.

Customers do not know of each other and terminals neither, so within a part each may be folded from end to
end; a test holds the result against the live pipeline's own order.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.features.stream import Advance, Folding, Log
from flowserve_ml.runtime import Model
from stream_processor.replay.history import History
from stream_processor.replay.ordered import Ordered
from stream_processor.replay.outcome_tables import STATUSES, outcome_columns, outcome_table, refused_table
from stream_processor.replay.repeats import SCORED, Repeats
from stream_processor.replay.spool import Spool

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Wanted = Callable[[pa.Table], Flags]


class Scored:
    """What became of the refused rows and of the wanted transactions; it lies on disk.

    Tables have the columns `schema` of `outcome_columns`.
    """

    def __init__(self, spool: Spool, given: pa.DataType) -> None:
        self.schema = outcome_columns(given)
        self._refused = Ordered(spool, "row")
        self._transactions = Ordered(spool, "row")
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have which status."""
        return {name: self._counts[name] for name in STATUSES}

    def refuse(self, table: pa.Table) -> None:
        """Rows of the input that are no transactions."""
        self._refused.add(table)
        self._count(table)

    def add(self, table: pa.Table) -> None:
        """The next transactions in event order."""
        self._transactions.add(table)
        self._count(table)

    def by_row(self) -> Iterator[pa.Table]:
        """All in the order of the input."""
        return self._transactions.chunks(self._refused)

    def by_event(self) -> Iterator[pa.Table]:
        """The transactions in event order."""
        for table in self._transactions.added():
            yield table.sort_by([("micros", "ascending"), ("row", "ascending")])

    def _count(self, table: pa.Table) -> None:
        self._counts.update(table["status"].to_pylist())


def score_history(
    history: History, model: Model, wanted: Wanted, advance: Advance, folder: Path | None = None
) -> Scored:
    """Folds every transaction and scores those that are `wanted`; `folder` is where they are set aside.

    `advance` is told of rows folded: each new transaction twice, by its customer and by its terminal. In
    memory are the customers, the terminals and the repeats of the horizon, and one part of the history.
    """
    spool, folding = Spool(folder), Folding()
    repeats, scored = Repeats(spool), Scored(spool, history.given)
    for refused, given in history.refused.pieces():
        scored.refuse(refused_table(refused, given))
    for table in history.tables():
        status = repeats.judge(table)
        rows = _folded(table, status == SCORED, folding, advance)
        chosen = wanted(table)
        if not chosen.all():
            table, status, rows = table.filter(pa.array(chosen)), status[chosen], rows[chosen]
        scored.add(outcome_table(table, status, rows, model))
    return scored


def _folded(table: pa.Table, new: Flags, folding: Folding, advance: Advance) -> Floats:
    """Shape (n, len(FEATURES)); NaN where a transaction is not new."""
    if not new.all():
        rows = np.full((len(table), len(FEATURES)), np.nan)
        rows[new] = _folded(table.filter(pa.array(new)), np.ones(int(new.sum()), bool), folding, advance)
        return rows
    customers, terminals = (
        table[name].combine_chunks().dictionary_encode() for name in ("customer_id", "terminal_id")
    )
    log = Log(
        table["micros"].to_numpy() // 1_000_000,
        customers.indices.to_numpy(),
        terminals.indices.to_numpy(),
        table["cents"].to_numpy(),
        table["due_fraud"].to_numpy(),
    )
    names = (customers.dictionary.to_pylist(), terminals.dictionary.to_pylist())
    found = folding.rows(log, *names, advance=advance)
    folding.forget_idle()
    return found
