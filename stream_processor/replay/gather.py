"""Gathers a history piece by piece, in any order, and holds none of it in memory."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from stream_processor.replay.history import History
from stream_processor.replay.ordered import Ordered
from stream_processor.replay.refusals import Refusals, Refused
from stream_processor.replay.spool import Spool


class Gathering:
    """A history that is being read; `folder` is where it is set aside."""

    def __init__(self, folder: Path | None = None) -> None:
        spool = Spool(folder)
        self._ordered = Ordered(spool, "micros", "row")
        self._refused = Refusals(spool)
        self._transactions = 0
        self._times: list[int] = []

    def add(self, table: pa.Table, refused: Sequence[Refused], refused_given: pa.Array) -> None:
        """What could be used of a piece (columns of the history), and what not with the ids it gave.

        The rows of a piece follow those of the pieces before.
        """
        self._refused.add(refused, refused_given)
        if not len(table):
            return
        self._ordered.add(table)
        self._transactions += len(table)
        ends = pc.min_max(table["micros"]).as_py()
        times = (*self._times, ends["min"], ends["max"])
        self._times = [min(times), max(times)]

    def history(
        self,
        source: str,
        client_id: str,
        rows: int,
        given: pa.DataType,
        fingerprint: str,
        *,
        labelled: bool,
        notes: Sequence[str] = (),
    ) -> History:
        """All that was added; the words are those of History."""
        first, last = self._times or (None, None)
        return History(
            source,
            client_id,
            self._ordered.chunks,
            self._transactions,
            first,
            last,
            rows,
            given,
            fingerprint,
            self._refused,
            notes,
            labelled,
        )
