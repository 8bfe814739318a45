"""Judges every row: what cannot be used is rejected with its row, field and reason; the rest is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from flowserve_ml.currency import RATES
from flowserve_ml.prepare.judge import Judge, Rejection, Zones
from flowserve_ml.prepare.source import Source


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The usable rows in time order, what was rejected, and what was assumed (sentences for people)."""

    table: pd.DataFrame
    rejections: list[Rejection]
    notes: list[str] = field(default_factory=list)


class Cleaning:
    """Judges a file piece by piece, as `read_pieces` gives it.

    Whether a time without a zone is UTC or a mistake, only the whole file tells: `zoned` names the columns
    in which others have one. Where that was not known yet, `mixed` says so after the last piece, and all of
    it must be judged again with `zoned` being `mixed`.
    """

    def __init__(
        self,
        source: Source,
        rates: Mapping[str, float] = RATES,
        *,
        keep_repeats: bool = False,
        zoned: frozenset[str] = frozenset(),
    ) -> None:
        self._source = source
        self._rates = rates
        self._keep_repeats = keep_repeats
        self._zones = {name: Zones(name in zoned) for name in ("occurred_at", "reported_at")}
        self._unlabelled = False
        self._order = _Order()

    def piece(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Rejection]]:
        """Its usable rows, in the order of the file, and the others.

        Columns of the table: the ids, `cents` (base currency), `occurred_at` and `reported_at` (seconds, UTC,
        -1 where nothing was reported), `micros` (of that second), `is_fraud`, `minor` and `currency` as they
        were given, and `scenario` if there was one. Its index is that of the piece. A row is rejected for its
        first fault; a transaction_id that is repeated in the piece is one, unless repeats are for the caller
        to judge.
        """
        judge = Judge(raw, self._zones)
        table = pd.DataFrame(
            {name: judge.text(name) for name in ("transaction_id", "customer_id", "terminal_id")}
        )
        table["occurred_at"], table["micros"] = judge.time("occurred_at")
        table["cents"], table["minor"], table["currency"] = judge.amounts(self._source, self._rates)
        self._unlabelled = "is_fraud" not in raw
        table["is_fraud"] = judge.flag("is_fraud")
        table["reported_at"] = judge.time("reported_at")[0] if "reported_at" in raw else -1
        if "scenario" in raw:
            table["scenario"] = raw["scenario"].astype(str)
        early = (
            table["is_fraud"] & (table["reported_at"] >= 0) & (table["reported_at"] < table["occurred_at"])
        )
        judge.reject(early, "reported_at", "lies before occurred_at: a label cannot precede its transaction")
        if not self._keep_repeats:
            repeated = table["transaction_id"].where(~judge.bad).duplicated() & ~judge.bad
            judge.reject(repeated, "transaction_id", "was seen before in this file")
        table = table[~judge.bad]
        self._order.look(table["occurred_at"])
        return table, judge.rejections()

    @property
    def mixed(self) -> frozenset[str]:
        """The columns of which some times have a zone and others have none."""
        return frozenset(name for name, zones in self._zones.items() if zones.naive and zones.zoned)

    @property
    def notes(self) -> list[str]:
        """What was assumed so far: sentences for people."""
        said = [zones.note(name) for name, zones in self._zones.items()]
        if self._unlabelled:
            said.insert(1, "There is no column is_fraud: every transaction counts as genuine.")
        return [note for note in (*said, self._order.note()) if note]


def clean(raw: pd.DataFrame, source: Source) -> Cleaned:
    """The whole file as one piece; a repeated transaction_id is a fault."""
    cleaning = Cleaning(source)
    table, rejections = cleaning.piece(raw)
    if cleaning.mixed:
        cleaning = Cleaning(source, zoned=cleaning.mixed)
        table, rejections = cleaning.piece(raw)
    return Cleaned(table.sort_values("occurred_at", kind="stable"), rejections, cleaning.notes)


@dataclass(slots=True)
class _Order:
    """Whether the rows lie in the order of their times."""

    last: int = 0
    first_early: int = 0
    early: int = 0

    def look(self, times: "pd.Series[int]") -> None:
        if not len(times):
            return
        early = np.flatnonzero(np.diff(times.to_numpy(), prepend=self.last) < 0)
        if len(early) and not self.early:
            self.first_early = int(times.index[early[0]]) + 1
        self.early += len(early)
        self.last = int(times.iloc[-1])

    def note(self) -> str:
        if not self.early:
            return ""
        return (
            f"Rows were not in time order: row {self.first_early:,} is the first of {self.early:,} that "
            "occurred before the row above it. They are sorted; rows of the same second stay as they were."
        )
