"""Somebody's CSV, Parquet or JSONL as history: `flowserve_ml.prepare` reads and types it piece by piece."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.prepare.clean import Cleaning
from flowserve_ml.prepare.source import Source, read_pieces
from schemas.card_numbers import holds_card_number
from schemas.problems import FieldError, Refusal
from schemas.transaction import check_id
from stream_processor.replay.discreet import discreet
from stream_processor.replay.gather import Gathering
from stream_processor.replay.given import common_kind, given_ids
from stream_processor.replay.history import UNKNOWN_LABEL, History, columns
from stream_processor.replay.refusals import Refused

# What `flowserve-ml prepare` calls it, and what it is called here.
_OPTION = ("--amounts", "--amount-unit")


def read_file(
    source: Source,
    client_id: str,
    rates: Mapping[str, float],
    label_delay_days: float,
    now: float,
    folder: Path | None = None,
) -> History:
    """The file as history. A label is reported `label_delay_days` after its transaction, or at `reported_at`.

    `now` is seconds since 1970 UTC; `folder` is where the history is set aside, the system's own for such
    files by default. Raises flowserve_ml's InputError for a file that cannot be used; a row that cannot be
    used is refused.
    """
    reading = _Reading(source, rates, round(label_delay_days * DAY_SECONDS), now, folder)
    while not reading.run():
        reading = reading.wiser()
    notes = [note for note in reading.notes if reading.labelled or "is_fraud" not in note]
    return reading.gathered.history(
        source.path.name,
        client_id,
        reading.rows,
        reading.kind,
        _fingerprint(source),
        labelled=reading.labelled,
        notes=notes,
    )


class _Reading:
    """One way through the file. What only the whole file tells may ask for a second one, which knows it: the
    type of the ids, and that some times have a zone."""

    def __init__(
        self,
        source: Source,
        rates: Mapping[str, float],
        delay: int,
        now: float,
        folder: Path | None,
        kind: pa.DataType | None = None,
        zoned: frozenset[str] = frozenset(),
    ) -> None:
        self.gathered = Gathering(folder)
        self.rows = 0
        self.labelled = False
        self._source = source
        self._rates = rates
        self._delay = delay
        self._now = now
        self._folder = folder
        self._zoned = zoned
        self._given_kind = kind
        self._cleaning = Cleaning(source, rates, keep_repeats=True, zoned=zoned)
        self._kinds: set[pa.DataType] = set()
        self._later = 0

    def run(self) -> bool:
        """Whether all of it was understood."""
        for raw in read_pieces(self._source):
            self._add(raw)
        return len(self._kinds) == 1 and self._cleaning.mixed == self._zoned

    def wiser(self) -> "_Reading":
        """The next way through the file."""
        known = (self._source, self._rates, self._delay, self._now, self._folder)
        return _Reading(*known, common_kind(self._kinds), self._cleaning.mixed)

    @property
    def kind(self) -> pa.DataType:
        """Of the ids as they were given."""
        (kind,) = self._kinds
        return kind

    @property
    def notes(self) -> list[str]:
        """What was assumed: sentences for people."""
        later = [f"{self._later:,} transactions lie in the future."] if self._later else []
        return [*self._cleaning.notes, *later]

    def _add(self, raw: pd.DataFrame) -> None:
        first = self.rows
        self.rows += len(raw)
        self.labelled = "is_fraud" in raw
        given = given_ids(raw["transaction_id"], self._given_kind)
        self._kinds.add(given.type)
        usable, rejections = self._cleaning.piece(raw)
        refused = {entry.row: _refusal(entry.field, entry.reason) for entry in rejections}
        refused |= _wrong_rows(usable, self._now)
        lost = sorted(refused)
        fits = ~usable.index.isin(np.array(lost, dtype=np.int64) - 1)
        known = _given(raw["is_fraud"]) if self.labelled else pd.Series(False, raw.index)
        table = _history_columns(usable[fits], known, self._delay, given, first)
        self._later += int((table["micros"].to_numpy() > self._now * 1e6).sum())
        self.gathered.add(
            table,
            [Refused(row, refused[row]) for row in lost],
            _without_cards(given.take(pa.array([row - 1 - first for row in lost], pa.int64()))),
        )


def _given(labels: "pd.Series[object]") -> "pd.Series[bool]":
    """Which rows say anything: an empty label counts as genuine for the terminal, and judges no model."""
    return labels.notna() & (labels.astype(str).str.strip() != "")


def _history_columns(
    table: pd.DataFrame, labelled: "pd.Series[bool]", delay: int, given: pa.Array, first: int
) -> pa.Table:
    """In the order of the file; `given` are the ids of all rows of the piece, whose first row is `first`."""
    frauds, times = table["is_fraud"].astype(bool), table["occurred_at"]
    reported = table["reported_at"].where(table["reported_at"] >= 0, times + delay)
    rows = table.index.to_numpy(dtype=np.int64)
    values = {
        "row": rows + 1,
        "given": given.take(pa.array(rows - first)),
        **{name: table[name] for name in ("transaction_id", "customer_id", "terminal_id", "currency")},
        **{name: table[name] for name in ("minor", "cents")},
        "micros": times * 1_000_000 + table["micros"],
        "label": frauds.astype("int8").where(labelled[table.index], UNKNOWN_LABEL),
        "due_fraud": frauds & (reported <= times + LABEL_DELAY_SECONDS),
    }
    schema = columns(given.type)
    return pa.table({field.name: _array(values[field.name], field.type) for field in schema}, schema)


def _array(values: object, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _wrong_rows(table: pd.DataFrame, now: float) -> dict[int, Refusal]:
    """By row, from 1: what the scorer would refuse, and labels that nobody can know yet."""
    early = table.index[table["reported_at"] > now] + 1
    wrong = dict.fromkeys(
        early.tolist(), _refusal("reported_at", "lies in the future: nobody can know it yet")
    )
    for name in ("transaction_id", "customer_id", "terminal_id"):
        if _all_fit(table[name]):
            continue
        codes, texts = pd.factorize(table[name])
        refusals = {code: found for code, text in enumerate(texts) if (found := _fault(name, text))}
        for place in np.flatnonzero(np.isin(codes, list(refusals))):
            wrong[int(table.index[place]) + 1] = refusals[codes[place]]
    return wrong


def _all_fit(ids: "pd.Series[str]") -> bool:
    """One look at a column is a tenth of the cost; no card number spans the bar between two ids."""
    together = "|".join(ids.to_numpy())
    return together.isprintable() and not holds_card_number(together)


def _fault(name: str, text: str) -> Refusal | None:
    try:
        check_id(name, text)
    except Refusal as refusal:
        return refusal
    return None


def _without_cards(ids: pa.Array) -> pa.Array:
    """A card number is not repeated."""
    hidden = [holds_card_number(str(value)) for value in ids.to_pylist()]
    return ids.take(pa.array(np.arange(len(ids)), mask=np.array(hidden, dtype=bool)))


def _refusal(name: str, reason: str) -> Refusal:
    told = discreet(f"{name} {reason}.").replace(*_OPTION)
    return Refusal("invalid_field", errors=(FieldError("/" + name, told),))


def _fingerprint(source: Source) -> str:
    """Tells whether a run goes on with the file it began with."""
    with Path(source.path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    meaning = f"{sorted(source.columns.items())}{source.currency}{source.minor}"
    return hashlib.sha256(digest.digest() + meaning.encode()).hexdigest()
