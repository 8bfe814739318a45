"""What nobody handled is in the log; what asyncpg leaves behind of a cut connection is not."""

import asyncio
import logging

import asyncpg
import pytest

from stream_processor.sink.run import report_unhandled


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), False),
        (ValueError("a bug"), True),
    ],
)
async def test_only_the_leftover_of_a_cut_connection_is_passed_over(
    error: Exception, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    loop = asyncio.get_running_loop()
    report_unhandled(loop, {"message": "Future exception was never retrieved", "exception": error})
    assert bool(caplog.records) is told
