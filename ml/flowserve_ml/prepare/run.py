"""The whole preparation: read, clean, report, fold into features, write; nothing is written half."""

import json
import os
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from flowserve_ml.currency import BASE_CURRENCY
from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import DEFINITIONS_VERSION, FEATURES, LABEL_DELAY_SECONDS
from flowserve_ml.features.stream import Log, feature_rows
from flowserve_ml.files import DEFINITIONS_KEY, TRUTH_KEY, check_place, replaced_whole
from flowserve_ml.prepare.clean import Cleaned, clean
from flowserve_ml.prepare.judge import Rejection
from flowserve_ml.prepare.source import Source, read_source

_SHOWN = 20


def prepare(source: Source, output: Path, most_rejected: float, stream: TextIO) -> None:
    """Write `output` (Parquet) with clean transactions, labels and every feature; progress goes to `stream`.

    Rejected rows are listed in `output`.rejected.jsonl. Raises InputError, and writes no `output`, if more
    than the share `most_rejected` of the rows is rejected, or nothing is left.
    """
    if output.suffix != ".parquet":
        raise InputError(f"{output}: the name must end in .parquet")
    if not 0 <= most_rejected <= 1:
        raise InputError(f"the share of rejected rows must be from 0 to 1, not {most_rejected}")
    check_place(output)
    raw, metadata = read_source(source)
    cleaned = clean(raw, source)
    for note in cleaned.notes:
        print(note, file=stream)
    report = output.with_name(output.name + ".rejected.jsonl")
    _report(cleaned.rejections, report, stream)
    share = len(cleaned.rejections) / len(raw)
    if share > most_rejected or cleaned.table.empty:
        raise InputError(
            f"{source.path}: {len(cleaned.rejections):,} of {len(raw):,} rows were rejected, all of them "
            f"listed in {report}. Mend them, or allow a share with --max-rejected; nothing else was written"
        )
    print(f"folding {len(cleaned.table):,} transactions", file=stream, flush=True)
    _write(cleaned, metadata, output, stream)


def _report(rejections: list[Rejection], path: Path, stream: TextIO) -> None:
    path.unlink(missing_ok=True)
    if not rejections:
        return
    for rejection in rejections[:_SHOWN]:
        print(f"rejected: {rejection}", file=stream)
    if len(rejections) > _SHOWN:
        print(f"rejected: {len(rejections) - _SHOWN:,} more, see {path}", file=stream)
    with replaced_whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for rejection in rejections:
            line = {"row": rejection.row, "field": rejection.field, "reason": rejection.reason}
            file.write(json.dumps(line) + os.linesep)


def _write(cleaned: Cleaned, metadata: dict[bytes, bytes], output: Path, stream: TextIO) -> None:
    table = cleaned.table
    times, frauds = table["occurred_at"].to_numpy(), table["is_fraud"].to_numpy(dtype=bool)
    reported = table["reported_at"].to_numpy()
    reported = np.where(reported < 0, times + LABEL_DELAY_SECONDS, reported)
    log = Log(
        times,
        pd.factorize(table["customer_id"])[0].astype(np.int32),
        pd.factorize(table["terminal_id"])[0].astype(np.int32),
        table["cents"].to_numpy(),
        frauds & (reported <= times + LABEL_DELAY_SECONDS),
    )
    rows = feature_rows(log, stream)
    columns = {
        "transaction_id": pa.array(table["transaction_id"]),
        "customer_id": pa.array(table["customer_id"]),
        "terminal_id": pa.array(table["terminal_id"]),
        "amount": pa.array(table["cents"]),
        "currency": pa.repeat(pa.scalar(BASE_CURRENCY), len(table)),
        "occurred_at": pa.array(times, pa.timestamp("s", "UTC")),
        "is_fraud": pa.array(frauds),
        "reported_at": pa.array(np.where(frauds, reported, 0), pa.timestamp("s", "UTC"), mask=~frauds),
        **({"scenario": pa.array(table["scenario"])} if "scenario" in table else {}),
        **{f"feature_{name}": rows[:, place] for place, name in enumerate(FEATURES)},
    }
    kept = {key: value for key, value in metadata.items() if key == TRUTH_KEY}
    kept[DEFINITIONS_KEY] = str(DEFINITIONS_VERSION).encode()
    with replaced_whole(output) as temporary:
        pa.parquet.write_table(pa.table(columns).replace_schema_metadata(kept), temporary)
    print(f"{output}: {len(table):,} transactions, {frauds.mean():.2%} fraud", file=stream, flush=True)
