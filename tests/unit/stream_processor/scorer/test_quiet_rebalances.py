"""A rebalance cancels actors and starts them again: no line of the log may call that a crash."""

import asyncio
import logging

import pytest

from stream_processor.scorer import quiet


def test_a_cancelled_actor_is_no_crash_and_a_failed_one_is(caplog: pytest.LogCaptureFixture) -> None:
    quiet.install()
    logger = logging.getLogger("faust.agents.actor")
    for error in (asyncio.CancelledError(), ValueError("broken")):
        logger.error("Crashed reason=%r", error, exc_info=error)
        logger.error("Restarting dead actor! Last crash reason: %r", error)
    assert [record.getMessage() for record in caplog.records] == [
        "Crashed reason=ValueError('broken')",
        "Restarting dead actor! Last crash reason: ValueError('broken')",
    ]
