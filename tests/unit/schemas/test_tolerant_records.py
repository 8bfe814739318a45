"""A header name that is not UTF-8 costs its own name, and none of the records around it."""

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from schemas.tolerant_records import TolerantRecords


def batch(names: list[bytes]) -> bytes:
    """Record batch bytes with one record for each header name of two bytes."""
    builder = DefaultRecordBatchBuilder(
        2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=10_000
    )
    for place in range(len(names)):
        builder.append(place, 1_790_000_000_000, b"key", b"%d" % place, [(f"<{place}", b"text")])
    content = bytes(builder.build())
    for place, name in enumerate(names):
        content = content.replace(b"<%d" % place, name)
    return content


def read(content: bytes) -> list[tuple[int, bytes, str]]:
    records = TolerantRecords(content)
    found = []
    while records.has_next():
        for record in records.next_batch():
            found.append((record.offset, record.value, record.headers[0][0]))
    return found


def test_records_that_can_be_read_are_read_as_they_are() -> None:
    assert read(batch([b"aa", b"bb"])) == [(0, b"0", "aa"), (1, b"1", "bb")]


def test_a_name_that_cannot_be_read_is_replaced_wherever_it_stands() -> None:
    content = batch([b"aa", b"\xff\xfe", b"cc"])
    with pytest.raises(UnicodeDecodeError):
        list(MemoryRecords(content).next_batch())
    assert read(content) == [(0, b"0", "aa"), (1, b"1", "\ufffd\ufffd"), (2, b"2", "cc")]


def test_the_batches_after_it_follow() -> None:
    content = batch([b"\xff\xfe"]) + batch([b"aa", b"bb"])
    assert [name for _, _, name in read(content)] == ["\ufffd\ufffd", "aa", "bb"]
