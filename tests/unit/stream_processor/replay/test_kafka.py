"""A replay reads the logs as the scorer does: no record that a producer wrote ends it."""

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from schemas.settings import ProcessSettings
from schemas.tolerant_records import TolerantRecords
from stream_processor.replay.kafka import log_reader


async def test_a_replay_reads_records_whose_header_names_are_not_utf_8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    async with log_reader(ProcessSettings()):
        assert fetcher.MemoryRecords is TolerantRecords
