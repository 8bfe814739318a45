"""What this sink has done since it started, and a log line about it every few seconds."""

import asyncio
import logging
from dataclasses import asdict, dataclass
from typing import NoReturn

logger = logging.getLogger(__name__)


@dataclass
class Totals:
    """Plain counts. `repeats`: rows that were there already; `fenced`: slices another sink came before."""

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

    @property
    def rows(self) -> int:
        return self.requests + self.predictions + self.feedback + self.dead_letters + self.redrives


async def report(totals: Totals, seconds: float) -> NoReturn:
    """One line every so many seconds, for ever."""
    before = totals.rows
    while True:
        await asyncio.sleep(seconds)
        rate = (totals.rows - before) / seconds
        before = totals.rows
        logger.info("stored so far", extra={**asdict(totals), "rows_per_second": round(rate, 1)})
