"""Puts dead letters back on the requests, each followed by a note beside it; no faster than asked."""

from collections.abc import AsyncIterator, Callable

from aiokafka import AIOKafkaProducer
from aiolimiter import AsyncLimiter

from cli.dead_letters.filters import Filters
from cli.dead_letters.letter import Letter
from cli.dead_letters.log import LetterLog
from cli.dead_letters.plan import Plan
from schemas.topics import DEAD_LETTERS, REQUESTS
from stream_processor.pipeline.admit import partition_of
from stream_processor.redrives import note_headers, redriven_headers

_AT_ONCE = 100


async def redrive(
    log: LetterLog, plan: Plan, producer: AIOKafkaProducer, per_second: float, done: Callable[[int], None]
) -> None:
    """Puts back what the plan has chosen; `done` hears how many more are durable, with their notes.

    Raises what Kafka raises. What was put back without its note, at most a hundred letters, can be put back
    again: the scorer knows a transaction that it has scored.
    """
    limiter = AsyncLimiter(1, 1 / per_second)
    for partition, offsets in plan.chosen.items():
        waiting: list[Letter] = []
        async for letter in _letters(log, partition, frozenset(offsets)):
            await limiter.acquire()
            waiting.append(letter)
            if len(waiting) == min(_AT_ONCE, max(1, int(per_second))):
                done(await _put_back(log, producer, waiting))
                waiting = []
        done(await _put_back(log, producer, waiting))


async def _letters(log: LetterLog, partition: int, offsets: frozenset[int]) -> AsyncIterator[Letter]:
    if not offsets:
        return
    async for entry in log.read(partition, Filters(), min(offsets)):
        if isinstance(entry, Letter) and entry.offset in offsets:
            yield entry


async def _put_back(log: LetterLog, producer: AIOKafkaProducer, letters: list[Letter]) -> int:
    requests = []
    for letter in letters:
        key = letter.key or b""
        partition = partition_of(key, log.request_partitions)
        wire = redriven_headers(letter.theirs, letter.partition, letter.offset)
        receipt = await producer.send(REQUESTS, letter.value, key=key, partition=partition, headers=wire)
        requests.append(receipt)
    notes = []
    for letter, receipt in zip(letters, requests, strict=True):
        lies = await receipt
        wire = note_headers(letter.offset, lies.partition, lies.offset)
        notes.append(await producer.send(DEAD_LETTERS, b"", partition=letter.partition, headers=wire))
    for receipt in notes:
        await receipt
    return len(letters)
