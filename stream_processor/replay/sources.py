"""Opens what a job names as its source, and reads it as history."""

import time
from datetime import UTC, datetime
from pathlib import Path

from flowserve_ml.prepare.source import Source
from flowserve_ml.runtime import Model
from stream_processor.log_readers import open_reader
from stream_processor.replay.database import connected
from stream_processor.replay.from_file import read_file
from stream_processor.replay.from_requests import read_requests
from stream_processor.replay.from_rows import read_rows
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.job import REQUESTS, ROWS, Job
from stream_processor.replay.outputs import aside
from stream_processor.replay.settings import ReplaySettings


async def read_history(job: Job, settings: ReplaySettings, model: Model) -> History:
    """Amounts in the base currency of `model`. Raises ReplayError, and what the source's client raises."""
    rates = model.manifest.rates
    if job.source == ROWS:
        return await _rows(job, rates)
    if job.source == REQUESTS:
        return await _requests(job, settings, rates)
    return _file(job, rates)


def _file(job: Job, rates: dict[str, float]) -> History:
    path = Path(job.source)
    if not path.is_file():
        raise ReplayError(
            f"{job.source}: there is no such file; a source is a file, `{ROWS}` or `{REQUESTS}`"
        )
    if job.currency not in rates:
        raise ReplayError(f"--currency {job.currency}: the model has no rate for it; use an ISO 4217 code")
    source = Source(path, job.columns, job.currency, job.minor)
    return read_file(source, job.client_id, rates, job.plan.label_delay_days, time.time(), aside(job))


async def _rows(job: Job, rates: dict[str, float]) -> History:
    plan = job.plan
    first = None
    if plan.first is not None and plan.warm_up_seconds is not None:
        first = _moment(plan.first - plan.warm_up_seconds)
    end = None if plan.end is None else _moment(plan.end)
    async with connected() as connection:
        return await read_rows(connection, job.client_id, rates, first, end)


async def _requests(job: Job, settings: ReplaySettings, rates: dict[str, float]) -> History:
    async with open_reader(settings) as reader:
        return await read_requests(reader, job.client_id, settings.partitions, rates, job.offsets)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
