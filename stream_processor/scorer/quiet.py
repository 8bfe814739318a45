"""Keeps Faust from reporting every rebalance as a crash: an alarm that means nothing hides those that do."""

import asyncio
import logging

_LOGGER = "faust.agents.actor"


class NotACrash(logging.Filter):
    """Drops the report of an actor that a rebalance cancelled; `supervisor` forgets it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """False for the report of a cancellation."""
        error = record.exc_info[1] if record.exc_info else None
        words = record.args if isinstance(record.args, tuple) else ()
        return not any(isinstance(each, asyncio.CancelledError) for each in (error, *words))


def install() -> None:
    """For the life of the process."""
    logging.getLogger(_LOGGER).addFilter(NotACrash())
