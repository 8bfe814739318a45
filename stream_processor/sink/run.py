"""Puts the sink together and keeps it going: whatever passes by itself is waited for, with growing pauses."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from schemas import lost_connections, tolerant_records
from schemas.counters import Counters
from stream_processor.exposition import expose
from stream_processor.sink.database import connect
from stream_processor.sink.errors import advice, is_transient
from stream_processor.sink.lag import SinkLag
from stream_processor.sink.progress import Totals, register_totals, report
from stream_processor.sink.session import run_session
from stream_processor.sink.settings import SinkSettings
from stream_processor.sink.signals import pause, stop_signal
from stream_processor.sink.store import Store

logger = logging.getLogger(__name__)

EXIT_DONE, EXIT_FAILED = 0, 70

_PATIENCE_SECONDS = 9.5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


async def run_or_report(settings: SinkSettings) -> int:
    """The exit code: 0 stopped when asked, 70 with a log line about what cannot be waited for."""
    tolerant_records.install()
    lost_connections.install()
    asyncio.get_running_loop().set_exception_handler(report_unhandled)
    totals = Totals()
    lag = SinkLag(lambda: int(_utc_now().timestamp() * 1_000))
    register_totals(counters := Counters(), totals, lag)
    expose(counters, settings.metrics_host, settings.sink_metrics_port)
    store = Store(connect, _utc_now, totals, settings.sink_bad_rows)
    with stop_signal(_PATIENCE_SECONDS) as stop:
        reporting = asyncio.ensure_future(report(totals, settings.sink_report_seconds))
        try:
            work = asyncio.ensure_future(_keep_going(settings, store, totals, lag, stop))
            await _until_stopped(work, store, stop, settings.sink_stop_seconds)
        except Exception as error:
            logger.critical("the sink cannot go on: %s", advice(error))
            return EXIT_FAILED
        finally:
            reporting.cancel()
            store.drop()
            logger.info("stopped", extra={"rows": totals.rows})
        return EXIT_DONE


async def _until_stopped(
    work: asyncio.Future[None], store: Store, stop: asyncio.Event, stop_seconds: float
) -> None:
    """From the stop on, the batch in hand has so many seconds; then it is left to the next start."""
    asked: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
    await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    await asyncio.wait([work], timeout=stop_seconds)
    if not work.done():
        logger.warning("the batch in hand was not finished in time and is left to the next start")
        store.drop()  # first, since a transaction that is cancelled would wait for its rollback
        work.cancel()
        await asyncio.wait([work])
    if not work.cancelled():
        work.result()


async def _keep_going(
    settings: SinkSettings, store: Store, totals: Totals, lag: SinkLag, stop: asyncio.Event
) -> None:
    """Session after session. Raises what does not pass by itself."""
    wait = _FIRST_PAUSE
    while not stop.is_set():
        stored = totals.rows
        try:
            await store.open()
            await run_session(settings, store, totals, lag, _utc_now, stop)
        except Exception as error:
            store.drop()
            if not (is_transient(error) or isinstance(error, KafkaError)):
                raise
            totals.interruptions += 1
            wait = _FIRST_PAUSE if totals.rows > stored else min(wait * 2, _LONGEST_PAUSE)
            logger.warning("interrupted, trying again: %s", advice(error), extra={"pause_seconds": wait})
            await pause(stop, wait)


def report_unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """As asyncio does, but for the future that asyncpg leaves behind when the server cuts a COPY.

    The loss itself is raised to whoever asked, and the batch is tried again.
    """
    if not isinstance(context.get("exception"), asyncpg.ConnectionDoesNotExistError):
        loop.default_exception_handler(context)


def _utc_now() -> datetime:
    return datetime.now(UTC)
