"""The tables of docs/producing.md say what the code says."""

import re
from pathlib import Path

from schemas import headers, topics
from schemas.header_schemas import DEAD_LETTER, ERASURE, FEEDBACK, OUTCOME, REPLY, REQUEST
from schemas.transaction import FUTURE_SECONDS, MAX_BODY_BYTES, MAX_ID_CHARACTERS, OLDEST_SECONDS
from stream_processor.pipeline.admit import partition_of

TEXT = (Path(__file__).parents[2] / "docs" / "producing.md").read_text()
MESSAGES = {
    "requests": REQUEST,
    "feedback": FEEDBACK,
    "erasures": ERASURE,
    "outcomes": OUTCOME,
    "replies": REPLY,
    "dead letters": DEAD_LETTER,
}
DAY_SECONDS = 86_400


def test_the_table_of_topics_is_the_list_of_topics() -> None:
    rows = re.findall(r"^\| `(flowserve\.[a-z.0-9]+)` \|.*\| (\d+) \| (\d+) (days|minutes) \|", TEXT, re.M)
    written = {name: (int(partitions), f"{kept} {unit}") for name, partitions, kept, unit in rows}
    units = ((topics.DAY_MS, "days"), (topics.MINUTE_MS, "minutes"))
    wanted = {
        topic.name: (
            topic.partitions,
            next(f"{topic.retention_ms // ms} {unit}" for ms, unit in units if topic.retention_ms >= ms),
        )
        for topic in topics.all_topics()
        if topic.name not in (topics.TERMINAL_HISTORY, topics.CLIENTS)
    }
    assert written == wanted


def test_the_table_of_headers_is_what_is_read_and_written() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z, ]*)\| ([a-z, ]*)\|", TEXT, re.M)
    written = {
        name: {word for cell in (sent, received) for word in cell.strip().split(", ") if word}
        for name, sent, received in rows
    }
    wanted = {
        name: {message for message, schema in MESSAGES.items() if name in schema["properties"]}
        for schema in MESSAGES.values()
        for name in schema["properties"]
    }
    for ours in (headers.SOURCE, headers.REDRIVES, headers.REDRIVEN_FROM):
        wanted[ours] = set()  # described so that producers leave them out
    assert written == wanted


def test_the_keys_lie_where_the_table_says() -> None:
    table = TEXT.partition("| Key | Partition |")[2]
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \|$", table, re.M)
    assert len(rows) == 5
    assert {key: int(number) for key, number in rows} == {
        key: partition_of(key.encode(), topics.DEFAULT_PARTITIONS) for key, _ in rows
    }


def test_the_limits_are_those_of_the_code() -> None:
    for limit in (
        f"at most {MAX_BODY_BYTES:,} bytes",
        f"1 to {MAX_ID_CHARACTERS} printable characters",
        f"from {OLDEST_SECONDS // DAY_SECONDS} days before to {FUTURE_SECONDS // 60} minutes after",
    ):
        assert limit in TEXT, limit
