"""Scorers, replays and commands read the logs alike: no record ends it, and no gap is passed in silence."""

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from schemas.settings import ProcessSettings
from schemas.tolerant_records import TolerantRecords
from stream_processor.log_readers import log_consumer, open_reader


async def test_records_are_read_whose_header_names_are_not_utf_8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    async with open_reader(ProcessSettings()):
        assert fetcher.MemoryRecords is TolerantRecords


async def test_a_place_that_the_log_no_longer_has_is_not_taken_for_its_end() -> None:
    consumer = log_consumer(ProcessSettings())
    try:
        assert consumer._auto_offset_reset == "none"
    finally:
        await consumer.stop()
