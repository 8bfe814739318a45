"""Brings both sides to the same transactions: joined by transaction and customer, first scored rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stream_processor.replay.report.scored import ReportError, ScoredTable

DECISIONS = ("approve", "review", "decline")
APPROVE, REVIEW, DECLINE = range(3)
GENUINE, FRAUD, UNKNOWN = 0, 1, -1

_IDS = ["transaction_id", "customer_id"]

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its row in `scored.table`, score and decision (a number of DECISIONS) for
    each of the n transactions, all of shape (n,)."""

    scored: ScoredTable
    places: Places
    scores: Floats
    decisions: Codes


@dataclass(frozen=True)
class Common:
    """The n transactions that are compared, in the candidate's order; without a baseline all it scored.

    All arrays have shape (n,): `cents` of the base currency, `labels` (FRAUD, GENUINE, UNKNOWN: the
    candidate's, else the baseline's), `seconds` since 1970 UTC, `customers` as numbers. `only_candidate` and
    `only_baseline` count scored transactions that the other side has not scored, `repeated` scored rows whose
    transaction the same side had scored before, `contradicted` labels on which the sides disagree.
    """

    candidate: Side
    baseline: Side | None
    cents: Numbers
    labels: Codes
    seconds: Numbers
    customers: npt.NDArray[np.int32]
    only_candidate: int
    only_baseline: int
    repeated: int
    contradicted: int


def join(candidate: ScoredTable, baseline: ScoredTable | None) -> Common:
    """Raises ReportError where nothing was scored, or nothing by both."""
    mine, theirs = _scored_places(candidate), _scored_places(baseline) if baseline else None
    scored = len(mine) + (len(theirs) if theirs is not None else 0)
    if baseline is None or theirs is None:
        keys = _keys([candidate.table[_IDS].iloc[mine]])[0]
        mine = mine[~_repeats(keys)]
        left, right = mine, None
        kept = len(mine)
    else:
        mine, theirs, left, right = _matched(candidate.table, mine, baseline.table, theirs)
        kept = len(mine) + len(theirs)
        if not len(left):
            raise ReportError(
                f"{candidate.name} and {baseline.name} have no scored transaction in common: "
                "they are joined by transaction_id and customer_id"
            )
    labels, contradicted = _labels(candidate, left, baseline, right)
    table = candidate.table
    micros = table["occurred_at"].astype("int64").to_numpy()[left]
    return Common(
        candidate=_side(candidate, left),
        baseline=_side(baseline, right) if baseline and right is not None else None,
        cents=np.rint(np.nan_to_num(table["amount"].to_numpy()[left]) * 100).astype(np.int64),
        labels=labels,
        seconds=micros // 1_000_000,
        customers=pd.factorize(table["customer_id"].iloc[left])[0].astype(np.int32),
        only_candidate=len(mine) - len(left),
        only_baseline=0 if right is None or theirs is None else len(theirs) - len(right),
        repeated=scored - kept,
        contradicted=contradicted,
    )


def _scored_places(scored: ScoredTable) -> Places:
    places = np.flatnonzero((scored.table["status"] == "scored").to_numpy())
    if not len(places):
        raise ReportError(f"{scored.name}: no transaction was scored, so there is nothing to report on")
    return places


def _matched(
    left: pd.DataFrame, mine: Places, right: pd.DataFrame, theirs: Places
) -> tuple[Places, Places, Places, Places]:
    """First scored rows of each side, then the rows of both that belong together."""
    keys, others = _keys([left[_IDS].iloc[mine], right[_IDS].iloc[theirs]])
    first, second = ~_repeats(keys), ~_repeats(others)
    mine, theirs = mine[first], theirs[second]
    found = pd.Index(others[second]).get_indexer(keys[first])
    return mine, theirs, mine[found >= 0], theirs[found[found >= 0]]


def _keys(tables: list[pd.DataFrame]) -> list[Numbers]:
    """A number for each row, equal where transaction and customer are; numbers equal their text."""
    columns = [table["transaction_id"] for table in tables]
    if len({column.dtype.kind for column in columns}) > 1:
        columns = [column.astype(str) for column in columns]
    transactions = pd.factorize(pd.concat(columns))[0].astype(np.int64)
    names = [table["customer_id"].cat.remove_unused_categories() for table in tables]
    customers = pd.factorize(pd.api.types.union_categoricals(names))[0].astype(np.int64)
    keys = transactions * (customers.max(initial=0) + 1) + customers
    return np.split(keys, np.cumsum([len(table) for table in tables])[:-1])


def _repeats(keys: Numbers) -> npt.NDArray[np.bool_]:
    repeated: npt.NDArray[np.bool_] = pd.Index(keys).duplicated()
    return repeated


def _side(scored: ScoredTable, places: Places) -> Side:
    decisions = pd.Categorical(scored.table["decision"].iloc[places], categories=DECISIONS)
    scores = scored.table["score"].to_numpy()[places]
    return Side(scored, places, scores, decisions.codes.astype(np.int8))


def _labels(
    candidate: ScoredTable, left: Places, baseline: ScoredTable | None, right: Places | None
) -> tuple[Codes, int]:
    labels = _label(candidate, left)
    if baseline is None or right is None:
        return labels, 0
    others = _label(baseline, right)
    both = (labels != UNKNOWN) & (others != UNKNOWN)
    return np.where(labels == UNKNOWN, others, labels), int((both & (labels != others)).sum())


def _label(scored: ScoredTable, places: Places) -> Codes:
    labels: Codes = scored.table["is_fraud"].iloc[places].astype("Int8").fillna(UNKNOWN).to_numpy(np.int8)
    return labels
