"""The tables the sink fills, with the SQL for each: a temporary table to copy into, and the insert."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[object, ...]

_SOURCE = ("day", "source_topic", "source_partition", "source_offset", "client_id", "request_id", "source")


@dataclass(frozen=True)
class Table:
    """A table. Rows are tuples of `columns` and last `place`, the offset of the row's own record."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def temporary(self) -> str:
        """The session's own table that a batch is copied into."""
        return f"new_{self.name}"

    def create_temporary(self, definitions: Sequence[str]) -> str:
        """Not by `like`, which a role needs to be able to read the rows for."""
        columns = ", ".join([*definitions, "place bigint not null"])
        return f"create temp table {self.temporary} ({columns}) on commit delete rows"

    @property
    def copied(self) -> tuple[str, ...]:
        """The columns of the temporary table, in a row's order."""
        return (*self.columns, "place")

    @property
    def insert(self) -> str:
        """Quick, and refused as a whole where a row is not new; only what a scorer decided twice is not."""
        columns = _list(self.columns)
        return f"insert into {self.name} ({columns}) select {columns} from {self.temporary}"  # noqa: S608

    @property
    def insert_new(self) -> str:
        """Of several rows with one key the one whose record came first counts, in a batch and for ever."""
        columns, key = _list(self.columns), _list(self.key)
        return (
            f"insert into {self.name} ({columns}) "  # noqa: S608 - our own names only
            f"select distinct on ({key}) {columns} from {self.temporary} "
            f"order by {key}, place on conflict ({key}) do nothing"
        )


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


REQUESTS = Table(
    "requests",
    (
        *_SOURCE,
        "transaction_id",
        "customer_id",
        "terminal_id",
        "amount",
        "currency",
        "occurred_at",
        "received_at",
    ),
    _SOURCE[:4],
)
PREDICTIONS = Table(
    "predictions",
    (
        *_SOURCE,
        "status",
        "prediction_id",
        "transaction_id",
        "customer_id",
        "terminal_id",
        "decision",
        "score",
        "model_version",
        "error_code",
        "occurred_at",
        "received_at",
        "decided_at",
        "body",
    ),
    _SOURCE[:4],
)
DEAD_LETTERS = Table(
    "dead_letters",
    (
        "topic",
        "partition",
        "offset",
        "source_topic",
        "source_partition",
        "source_offset",
        "client_id",
        "stage",
        "error_code",
        "error_message",
        "failed_at",
        "attempts",
        "payload_kept",
    ),
    ("topic", "partition", "offset"),
)
FEEDBACK = Table(
    "feedback",
    (
        "topic",
        "partition",
        "offset",
        "client_id",
        "prediction_id",
        "transaction_id",
        "customer_id",
        "is_fraud",
        "reported_at",
    ),
    ("topic", "partition", "offset"),
)
REDRIVES = Table(
    "redrives",
    ("topic", "partition", "offset", "letter_offset", "redriven_at"),
    ("topic", "partition", "offset"),
)
TABLES = (REQUESTS, PREDICTIONS, FEEDBACK, DEAD_LETTERS, REDRIVES)
