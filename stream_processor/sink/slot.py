"""Room for one batch that is being stored while the next one is read."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType


class Slot:
    """At most one piece of work runs in the background; its error is raised by whoever asks next."""

    def __init__(self) -> None:
        self._work: asyncio.Task[None] | None = None

    async def put(self, work: Coroutine[None, None, None], only_waits: asyncio.Event) -> None:
        """Starts this once the work before is done. Raises the error of the work before.

        Returns when the work says that it only waits from now on, or has ended: what is done next must not
        take the loop from what others wait for.
        """
        try:
            await self.emptied()
        except BaseException:
            work.close()
            raise
        self._work = asyncio.ensure_future(work)
        waits = asyncio.ensure_future(only_waits.wait())
        try:
            await asyncio.wait((self._work, waits), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waits.cancel()

    def check(self) -> None:
        """Raises the error of the work if it has ended with one; what comes next may be long in coming."""
        if self._work is not None and self._work.done():
            work, self._work = self._work, None
            work.result()

    async def emptied(self) -> None:
        """Waits for the work, if any, and raises its error."""
        work, self._work = self._work, None
        if work is not None:
            await work

    async def __aenter__(self) -> "Slot":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes the work on a way out that is asked for, and gives it up on any other."""
        if error is None:
            await self.emptied()
        elif self._work is not None:
            self._work.cancel()
            await asyncio.wait([self._work])
