"""Keeps the process's book of clients at the end of the list of clients; no group, no database."""

import asyncio
import contextlib
import logging

from aiokafka import ConsumerRecord

from schemas.clients import read_client
from schemas.topics import CLIENTS
from stream_processor.pipeline.clients import ClientBook
from stream_processor.scorer.kafka_log import LogReader

log = logging.getLogger(__name__)


class ClientLog:
    """One per process. `position` is the offset up to which the list was read."""

    def __init__(self, reader: LogReader, book: ClientBook) -> None:
        self.book = book
        self._reader = reader
        self.position = 0
        self._one_at_a_time = asyncio.Lock()

    async def refresh(self, known: int = 0) -> bool:
        """Reads to the end that the list has now. Raises what Kafka raises.

        True if there is more than the `known` position: whoever read it, as all partitions share the list.
        """
        async with self._one_at_a_time:
            async with contextlib.aclosing(self._reader.read(CLIENTS, 0, self.position)) as chunks:
                async for records in chunks:
                    for record in records:
                        self._note(record)
                    self.position = records[-1].offset + 1
            return self.position > known

    def _note(self, record: ConsumerRecord) -> None:
        try:
            name, active = read_client(record.key, record.value)
        except ValueError as error:
            # It lets nobody in and locks nobody out, so decisions go on.
            where = {"offset": record.offset, "cause": str(error)}
            log.error("a record of the list of clients cannot be read and is passed over", extra=where)
            return
        self.book.note(name, active)
