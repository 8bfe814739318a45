"""The same work again while Kafka fails in ways that pass, with back-off, until the caller's deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from stream_processor.scorer.kafka_log import is_transient

log = logging.getLogger(__name__)

_BACK_OFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)

Work = Callable[[], Awaitable[None]]


async def retried(work: Work, partition: int, discard: Work, recover: Work | None) -> None:
    """Runs `work` until it succeeds; `discard` drops what failed, and comes after every failure.

    The outcome of a failed append is unknown, so `recover` first learns from the log what became of it.
    Raises what is not transient.
    """
    failures, mend = 0, False
    while True:
        try:
            if mend and recover is not None:
                await recover()
            mend = False
            await work()
        except Exception as error:
            if not is_transient(error):
                raise
            facts = {"partition": partition, "cause": repr(error), "failures": failures + 1}
            log.warning("Kafka failed; trying again", extra=facts)
            await discard()
            await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS) - 1)])
            failures, mend = failures + 1, True
        else:
            return
