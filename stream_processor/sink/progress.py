"""What this sink has done since it started, and a log line about it every few seconds."""

import asyncio
import logging
from dataclasses import asdict, dataclass
from typing import NoReturn

from schemas.counters import Counters
from stream_processor.sink.lag import SinkLag

logger = logging.getLogger(__name__)


@dataclass
class Totals:
    """Plain counts. `repeats`: rows that were there already; `fenced`: slices another sink came before.

    `retries`: attempts at a batch that were repeated; `interruptions`: sessions that an error ended.
    """

    requests: int = 0
    predictions: int = 0
    feedback: int = 0
    dead_letters: int = 0
    redrives: int = 0
    repeats: int = 0
    bad_rows: int = 0
    second_scored_rows: int = 0
    holes: int = 0
    fenced: int = 0
    retries: int = 0
    interruptions: int = 0

    @property
    def rows(self) -> int:
        return self.requests + self.predictions + self.feedback + self.dead_letters + self.redrives


def register_totals(counters: Counters, totals: Totals, lag: SinkLag) -> None:
    """Shows them to Prometheus."""
    counters.declare("flowserve_sink_")

    def rows() -> dict[str, float]:
        tables = ("requests", "predictions", "feedback", "dead_letters", "redrives")
        return {table: getattr(totals, table) for table in tables}

    counters.total("flowserve_sink_rows_total", rows)
    counters.total("flowserve_sink_repeats_total", lambda: totals.repeats)
    counters.total("flowserve_sink_bad_rows_total", lambda: totals.bad_rows)
    counters.total("flowserve_sink_second_scored_total", lambda: totals.second_scored_rows)
    counters.total("flowserve_sink_holes_total", lambda: totals.holes)
    counters.total("flowserve_sink_fenced_total", lambda: totals.fenced)
    counters.total("flowserve_sink_failures_total", lambda: totals.retries + totals.interruptions)
    counters.gauge("flowserve_sink_lag_records", lag.records)
    counters.gauge("flowserve_sink_lag_seconds", lag.seconds)
    counters.gauge("flowserve_sink_partitions", lag.partitions)


async def report(totals: Totals, seconds: float) -> NoReturn:
    """One line every so many seconds, for ever."""
    before = totals.rows
    while True:
        await asyncio.sleep(seconds)
        rate = (totals.rows - before) / seconds
        before = totals.rows
        logger.info("stored so far", extra={**asdict(totals), "rows_per_second": round(rate, 1)})
