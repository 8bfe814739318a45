"""Blocking work beside an event loop, in daemon threads: unlike the loop's own they never delay an exit."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def in_thread(function: Callable[[], Result]) -> Result:
    """What the function returns or raises. When the caller is cancelled the thread goes on unheard."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # no error, so it is the function's result

    def work() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as raised:  # whatever it is belongs to the caller
            error = raised
        with suppress(RuntimeError):  # the loop has gone, and with it whoever waited
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True).start()
    return await answer
