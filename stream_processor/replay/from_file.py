"""Somebody's CSV, Parquet or JSONL as history: `flowserve_ml.prepare` reads and types it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.prepare.clean import clean
from flowserve_ml.prepare.source import Source, read_source
from schemas.problems import FieldError, Refusal
from schemas.transaction import check_id
from stream_processor.replay.discreet import discreet
from stream_processor.replay.history import UNKNOWN_LABEL, History, Refused

# What `flowserve-ml prepare` calls it, and what it is called here.
_OPTION = ("--amounts", "--amount-unit")


def read_file(
    source: Source, client_id: str, rates: Mapping[str, float], label_delay_days: float, now: float
) -> History:
    """The file as history. A label is reported `label_delay_days` after its transaction, or at `reported_at`.

    `now` is seconds since 1970 UTC. Raises flowserve_ml's InputError for a file that cannot be used; a row
    that cannot be used is refused.
    """
    raw, _ = read_source(source)
    labelled = "is_fraud" in raw
    cleaned = clean(raw, source, rates, keep_repeats=True)
    refused = [Refused(entry.row, _refusal(entry.field, entry.reason)) for entry in cleaned.rejections]
    known = _given(raw["is_fraud"]) if labelled else pd.Series(False, raw.index)
    table = _history_columns(cleaned.table, known, round(label_delay_days * DAY_SECONDS))
    early = cleaned.table["reported_at"] > now
    wrong = _wrong_rows(table, set(early.index[early] + 1))
    table = table[~table["row"].isin([entry.row for entry in wrong])]
    return History(
        source=source.path.name,
        client_id=client_id,
        table=table.reset_index(drop=True),
        rows=len(raw),
        refused=sorted([*refused, *wrong], key=lambda entry: entry.row),
        notes=(
            *(note for note in cleaned.notes if labelled or "is_fraud" not in note),
            *_future_note(table, now),
        ),
        ids=raw["transaction_id"],
        fingerprint=_fingerprint(source),
        labelled=labelled,
    )


def _given(labels: "pd.Series[object]") -> "pd.Series[bool]":
    """Which rows say anything: an empty label counts as genuine for the terminal, and judges no model."""
    return labels.notna() & (labels.astype(str).str.strip() != "")


def _history_columns(table: pd.DataFrame, labelled: "pd.Series[bool]", delay: int) -> pd.DataFrame:
    micros = table["occurred_at"] * 1_000_000 + table["micros"]
    frauds, times = table["is_fraud"], table["occurred_at"]
    reported = table["reported_at"].where(table["reported_at"] >= 0, times + delay)
    label = frauds.astype("int8").where(labelled[table.index], UNKNOWN_LABEL)
    history = pd.DataFrame(
        {
            "row": table.index.to_numpy(dtype=np.int64) + 1,
            "transaction_id": table["transaction_id"].astype(object),
            **{name: _shared(table[name]) for name in ("customer_id", "terminal_id", "currency")},
            **{name: table[name] for name in ("minor", "cents")},
            "micros": micros,
            "label": label,
            "due_fraud": frauds & (reported <= times + LABEL_DELAY_SECONDS),
        }
    )
    return history.sort_values("micros", kind="stable")


def _shared(values: "pd.Series[str]") -> "pd.Series[object]":
    """Equal texts as one object: names repeat, memory need not."""
    codes, texts = pd.factorize(values)
    return pd.Series(np.asarray(texts, dtype=object)[codes], values.index, dtype=object)


def _wrong_rows(table: pd.DataFrame, known_too_early: set[int]) -> list[Refused]:
    """What the scorer would refuse, and labels that nobody can know yet."""
    wrong = {
        row: _refusal("reported_at", "lies in the future: nobody can know it yet") for row in known_too_early
    }
    for name in ("transaction_id", "customer_id", "terminal_id"):
        codes, texts = pd.factorize(table[name])
        refusals = {code: found for code, text in enumerate(texts) if (found := _fault(name, text))}
        for place in np.flatnonzero(np.isin(codes, list(refusals))) if refusals else ():
            wrong[int(table["row"].iloc[place])] = refusals[codes[place]]
    return [Refused(row, refusal) for row, refusal in wrong.items()]


def _fault(name: str, text: str) -> Refusal | None:
    try:
        check_id(name, text)
    except Refusal as refusal:
        return refusal
    return None


def _future_note(table: pd.DataFrame, now: float) -> list[str]:
    later = int((table["micros"] > now * 1e6).sum())
    return [f"{later:,} transactions lie in the future."] if later else []


def _refusal(name: str, reason: str) -> Refusal:
    told = discreet(f"{name} {reason}.").replace(*_OPTION)
    return Refusal("invalid_field", errors=(FieldError("/" + name, told),))


def _fingerprint(source: Source) -> str:
    """Tells whether a run goes on with the file it began with."""
    with Path(source.path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    meaning = f"{sorted(source.columns.items())}{source.currency}{source.minor}"
    return hashlib.sha256(digest.digest() + meaning.encode()).hexdigest()
