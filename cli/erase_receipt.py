"""The receipt of an erasure: what was done, and what remains for how long. It does not name the customer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.erase_log import Asked, Retention
from cli.erase_rows import Counts, Subject
from schemas.topics import PREDICTIONS

_REMAINS = (
    "Snapshots on the scorers' disks are written anew within FLOWSERVE_SNAPSHOT_SECONDS; a folder that no "
    "scorer uses any more is yours to delete.",
    "Backups of Kafka, PostgreSQL and disks are yours: after a restore give the command again.",
)


@dataclass(frozen=True)
class Receipt:
    """`forgotten_at` is the offset of the scorer's record. Times are UTC."""

    asked: Asked
    forgotten_at: int
    rows: Counts
    subject: Subject
    done_at: datetime
    kept: Sequence[Retention]
    running_replays: Sequence[str]

    def until(self, kept: Retention) -> datetime | None:
        """When the last copy in the topic has gone, the broker's look every few minutes not counted."""
        if kept.retention_ms is None:
            return None
        return self.done_at + timedelta(milliseconds=kept.retention_ms + kept.segment_ms)


def as_json(receipt: Receipt) -> str:
    """An object; times in RFC 3339, null for never."""
    asked = receipt.asked
    remaining = {kept.topic: _time(receipt.until(kept)) for kept in receipt.kept}
    return json.dumps(
        {
            "client_id": asked.client,
            "record": {
                "place": asked.place,
                "received_at": _time(datetime.fromtimestamp(asked.at_ms / 1000, UTC)),
            },
            "forgotten": f"{PREDICTIONS} {asked.partition}/{receipt.forgotten_at}",
            "rows": receipt.rows,
            "done_at": _time(receipt.done_at),
            "audit": {"subject": receipt.subject.name, "key": receipt.subject.key},
            "copies_until": remaining,
            "running_replays": list(receipt.running_replays),
            "remains": list(_REMAINS),
        },
        indent=2,
    )


def as_text(receipt: Receipt) -> str:
    """The same for people."""
    asked = receipt.asked
    at = _time(datetime.fromtimestamp(asked.at_ms / 1000, UTC))
    lines = [
        f"Erased: one customer of {asked.client}, up to {at}.",
        f"  asked for   {asked.place}",
        f"  forgotten   {PREDICTIONS} {asked.partition}/{receipt.forgotten_at}",
        f"  rows gone   {rows_text(receipt.rows)}",
        f"  audit       {receipt.subject.name}",
        f"  audit key   {receipt.subject.key} (on this receipt only)",
        "What remains, and for how long:",
    ]
    width = max((len(kept.topic) for kept in receipt.kept), default=0)
    lines += [f"  {kept.topic.ljust(width)}  {_remaining(receipt, kept)}" for kept in receipt.kept]
    if receipt.running_replays:
        runs = ", ".join(receipt.running_replays)
        lines.append(f"  Replays are running ({runs}): give the command again when they have ended.")
    return "\n".join([*lines, *(f"  {sentence}" for sentence in _REMAINS)])


def rows_text(rows: Mapping[str, int]) -> str:
    """Such as: requests 12, predictions 12."""
    return ", ".join(f"{table.replace('_', ' ')} {count:,}" for table, count in rows.items())


def _remaining(receipt: Receipt, kept: Retention) -> str:
    until = receipt.until(kept)
    if until is None:
        return "copies remain for ever: its retention.ms is -1"
    return f"copies remain until {_time(until)} at the latest"


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds")
