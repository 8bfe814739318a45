"""The scored table as a Parquet file: one row per row of the input, in its order."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.files import replaced_whole
from stream_processor.replay.history import FRAUD, UNKNOWN_LABEL
from stream_processor.replay.scoring import Scored

METADATA_KEY = b"flowserve.replay"

# Other columns have about as many values as rows: to look for repeated ones takes as long as all the rest.
_REPEATED = (
    *("customer_id", "terminal_id", "status", "decision", "reasons", "problem"),
    *("amount", "amount_tail", "weekend", "night"),
    *("customer_count_1d", "customer_count_7d", "customer_count_30d", "customer_anomalies_14d"),
    *("terminal_last_label", "terminal_run_age", "terminal_run_ordinary"),
)


def write_scored(path: Path, scored: Scored, about: dict[str, Any]) -> None:
    """Writes it whole or not at all.

    `about` becomes the file's metadata. Columns and types are those that `flowserve compare` reads.
    """
    metadata = {METADATA_KEY: json.dumps(about).encode()}
    schema = _shown(scored.schema.empty_table()).schema.with_metadata(metadata)
    repeated = list(_REPEATED)
    with (
        replaced_whole(path) as temporary,
        pa.parquet.ParquetWriter(temporary, schema, use_dictionary=repeated) as writer,
    ):
        for table in scored.by_row():
            writer.write_table(_shown(table).replace_schema_metadata(metadata))


def _shown(table: pa.Table) -> pa.Table:
    label = table["label"]
    known = pc.if_else(pc.equal(label, UNKNOWN_LABEL), None, pc.equal(label, FRAUD))
    names = ("status", "score", "decision", "reasons", "problem")
    return pa.table(
        {
            "row": table["row"],
            "transaction_id": table["given"],
            "customer_id": table["customer_id"],
            "terminal_id": table["terminal_id"],
            "occurred_at": table["micros"].cast(pa.timestamp("us", "UTC")),
            **{name: table[name] for name in names},
            "is_fraud": known,
            "late": pa.repeat(pa.scalar(False), len(table)),
            **{name: table[name] for name in FEATURES},
        }
    )
