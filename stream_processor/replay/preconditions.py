"""Whether a new installation may be warmed up: nobody scores, and nothing is undecided."""

import asyncio
import contextlib

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas import headers
from schemas.erasure import ERASURE
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.outcomes import Fold, fold_decoder
from schemas.settings import ProcessSettings
from schemas.topics import PREDICTIONS, REQUESTS, SCORER_GROUP
from stream_processor.replay.history import ReplayError
from stream_processor.scorer.kafka_log import LogReader

_COORDINATOR_SECONDS, _AGAIN_SECONDS = 20, 0.5


async def check_no_scorer(settings: ProcessSettings) -> None:
    """Raises ReplayError while the scorer group has members."""
    async with started(AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=10_000)) as admin:
        async with asyncio.timeout(_COORDINATOR_SECONDS):
            members = await _members(admin)
    if members:
        raise ReplayError(
            f"{members} scorers are running, and a warm-up needs them stopped. Stop them, wait for their "
            "session to end (10 s), warm up, and start them again"
        )


async def _members(admin: AIOKafkaAdminClient) -> int:
    while True:
        try:
            (answer,) = await admin.describe_consumer_groups([SCORER_GROUP])
            return len(answer.groups[0][5])
        except GroupCoordinatorNotAvailableError:  # a new broker makes its group log when first asked
            await asyncio.sleep(_AGAIN_SECONDS)


async def written_before(reader: LogReader, partition: int, run_id: str) -> tuple[int, int]:
    """How many records of this run stand on `predictions`, and its end; all `requests` must be decided.

    Raises ReplayError for an undecided request, and where another run's warm-up stands already.
    """
    decided, written = 0, 0
    async with contextlib.aclosing(reader.read(PREDICTIONS, partition, 0)) as chunks:
        async for records in chunks:
            for record in records:
                fold = _fold(headers.first(record.headers, headers.FOLD))
                if fold.run not in ("", ERASURE, run_id):
                    raise ReplayError(f"this installation was warmed up by run {fold.run} before")
                written += fold.run == run_id
                decided = max(decided, fold.offset + 1) if not fold.run else decided
    _, end = await reader.bounds(REQUESTS, partition)
    if end > decided:
        raise ReplayError(
            f"{end - decided:,} requests of partition {partition} are undecided: start the scorers, wait "
            "until the lag is 0, stop them, and give the same command again"
        )
    return written, (await reader.bounds(PREDICTIONS, partition))[1]


def _fold(header: bytes | None) -> Fold:
    try:
        return fold_decoder.decode(header or b"")
    except msgspec.DecodeError:
        raise ReplayError("flowserve.predictions.v1 holds a record without a readable fold") from None
