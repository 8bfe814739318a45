"""Judges the values of one piece of a file: each row is rejected for its first fault, or typed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from flowserve_ml.currency import EXPONENTS, to_base_cents
from flowserve_ml.prepare.source import Source

_TRUE, _FALSE = ("true", "1", "1.0", "yes", "t", "y"), ("false", "0", "0.0", "no", "f", "n", "")
_MOST_MINOR_UNITS = 10**12
_FLOATS_MERGE = 2.0**53  # from here on two whole numbers may be the same float
# A year alone and half a minute pass for ISO 8601 with pandas; here they are surely mistakes.
_FORM = r"\d{4}-?\d\d-?\d\d(?:[Tt ]\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?: ?[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
_EARLIEST, _LATEST = pd.Timestamp("1970-01-01T00:00:00Z"), pd.Timestamp("2100-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was left out; rows are counted from 1, headers not included."""

    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.field} {self.reason}"


@dataclass(slots=True)
class Zones:
    """The times of a column: how many have no zone, and whether one is known to have one, or was found to."""

    known: bool
    naive: int = 0
    zoned: bool = False

    def note(self, name: str) -> str:
        """A sentence for people, empty where nothing was assumed."""
        if not self.naive or self.known:
            return ""
        return f"{self.naive:,} values of {name} have no zone; they are taken as UTC."


class Judge:
    """The values of one piece, column by column; `bad` tells the rows that were rejected so far."""

    def __init__(self, raw: pd.DataFrame, zones: Mapping[str, Zones]) -> None:
        self._raw = raw
        self._zones = zones
        self.bad = np.zeros(len(raw), dtype=bool)
        self._found: list[tuple[npt.NDArray[np.intp], str, str]] = []

    def reject(self, which: "pd.Series[bool]", name: str, reason: str) -> None:
        """Rejects those of the rows that were not rejected before."""
        rows = np.flatnonzero(which.to_numpy(dtype=bool) & ~self.bad)
        if len(rows):
            self._found.append((rows, name, reason))
            self.bad[rows] = True

    def rejections(self) -> list[Rejection]:
        """In the order of the file."""
        numbers = self._raw.index
        found = [
            Rejection(int(numbers[row]) + 1, name, reason)
            for rows, name, reason in self._found
            for row in rows
        ]
        return sorted(found, key=lambda rejection: rejection.row)

    def text(self, name: str) -> "pd.Series[str]":
        """An id as text; whole numbers without a decimal point."""
        column = self._raw[name]
        if column.dtype.kind == "f":  # whole numbers become floats in pandas where one is missing
            self.reject(column.abs() >= _FLOATS_MERGE, name, "is too large for a float: keep it as text")
            column = pd.Series([_whole(value) for value in column], column.index, dtype=object)
        values = column.astype(str).where(column.notna(), "").str.strip()
        self.reject(column.isna() | (values == ""), name, "is empty")
        self.reject(values.str.len() > 128, name, "is longer than 128 characters")
        if column.dtype in (object, bool):
            self.reject(~column.map(_is_plain), name, "is neither a text nor a number")
        if not "".join(values.to_numpy()).isprintable():  # one look at all is a tenth of the cost
            self.reject(~values.map(str.isprintable), name, "holds characters that cannot be printed")
        return values

    def time(self, name: str) -> tuple["pd.Series[int]", "pd.Series[int]"]:
        """Seconds, UTC (-1 where there is none), and microseconds of that second."""
        column = self._raw[name]
        if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
            naive = column.notna()
            moments = column.dt.tz_localize("UTC")
        elif isinstance(column.dtype, pd.DatetimeTZDtype):
            naive = pd.Series(False, index=column.index)
            moments = column.dt.tz_convert("UTC")
        else:
            texts = column.astype(str).str.strip().where(column.notna(), "")
            formed = texts.where(texts.str.fullmatch(_FORM))
            moments = pd.to_datetime(formed, format="ISO8601", errors="coerce", utc=True)
            naive = moments.notna() & ~texts.str.contains(r"[Tt ].*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$", regex=True)
            self.reject(
                moments.isna() & (texts != ""), name, "is no ISO 8601 time, for example 2026-04-01T12:00:00Z"
            )
        if name == "occurred_at":
            self.reject(moments.isna(), name, "is empty")
        self.reject((moments < _EARLIEST) | (moments >= _LATEST), name, "is not between 1970 and 2100")
        zones = self._zones[name]
        zones.naive += int(naive.sum())
        zones.zoned = zones.zoned or bool((moments.notna() & ~naive).any())
        if zones.known:
            self.reject(naive, name, "has no zone, and other rows have one: give each row its zone")
        micros = moments.astype("datetime64[us, UTC]").astype("int64")
        return (micros // 1_000_000).where(moments.notna(), -1), micros % 1_000_000

    def amounts(
        self, source: Source, rates: Mapping[str, float]
    ) -> tuple["pd.Series[int]", "pd.Series[int]", "pd.Series[str]"]:
        """Cents of the base currency, minor units as given, and their currencies."""
        given = self._raw["amount"]
        if given.dtype == np.float32:
            given = given.astype(str)  # 12.55 as it was meant, not as the nearest number of 32 bits
        amounts = pd.to_numeric(given, errors="coerce")
        self.reject(given.isna() | (given.astype(str).str.strip() == ""), "amount", "is empty")
        if given.dtype == object:
            self.reject(given.map(lambda value: isinstance(value, bool)), "amount", "is no number")
        self.reject(amounts.isna(), "amount", "is no number")
        currencies = pd.Series(source.currency, index=given.index)
        if "currency" in self._raw:
            named = self._raw["currency"].astype(str).str.strip()
            currencies = named.where(self._raw["currency"].notna() & (named != ""), source.currency)
        for code in currencies.unique():
            if code not in rates or code not in EXPONENTS:
                self.reject(currencies == code, "currency", f"{code!r} has no rate; use an ISO 4217 code")
        minor = amounts
        if not source.minor:
            exponents = currencies.map(EXPONENTS).fillna(0)
            minor = (amounts * 10.0**exponents).round(6)
        self.reject(minor < 0, "amount", "is negative")
        self.reject(minor > _MOST_MINOR_UNITS, "amount", f"is above {_MOST_MINOR_UNITS:,} minor units")
        whole = "is no whole number of minor units; use --amounts major if it is 12.50 for 12.50 EUR"
        finer = "has more decimals than its currency"
        self.reject(minor % 1 != 0, "amount", whole if source.minor else finer)
        usable = minor.where(~self.bad, 0).fillna(0).astype("int64")
        foreign = np.flatnonzero((currencies != "EUR").to_numpy() & ~self.bad)
        result = usable.to_numpy().copy()
        for row in foreign.tolist():
            result[row] = to_base_cents(int(result[row]), str(currencies.iloc[row]), rates)
        return pd.Series(result, index=given.index), usable, currencies

    def flag(self, name: str) -> "pd.Series[bool]":
        """What is missing counts as false."""
        if name not in self._raw:
            return pd.Series(False, index=self._raw.index)
        column = self._raw[name]
        if column.dtype == bool:
            return column
        texts = column.astype(str).str.strip().str.lower().where(column.notna(), "")
        self.reject(~texts.isin((*_TRUE, *_FALSE)), name, "is neither true nor false")
        return texts.isin(_TRUE)


def _whole(number: float) -> float | int:
    return int(number) if number.is_integer() else float(number)


def _is_plain(value: object) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return value is None or isinstance(value, str) or number
