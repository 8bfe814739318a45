"""Keeps processes running: one that ends is started again, later and later, until we are told to let go."""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic

from local_stack.backoff import Backoff
from local_stack.errors import PartFailed
from local_stack.process import Process
from local_stack.threads import in_thread

POLL_SECONDS = 0.2


class Supervisor:
    """`report` gets one line for each death. `restarts` counts them by name."""

    def __init__(self, report: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self.restarts: Counter[str] = Counter()
        self._report = report
        self._clock = clock
        self._released = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._kept: dict[str, Process] = {}

    def keep(self, process: Process, start: Callable[[], None] | None = None) -> None:
        """From now on the running process is started again when it ends, by `start` or its own start."""
        self._kept[process.name] = process
        self._tasks.append(asyncio.create_task(self._keep(process, start or process.start)))

    async def release(self) -> None:
        """Starts nothing any more; what runs goes on running."""
        self._released.set()
        await asyncio.gather(*self._tasks)

    def hopeless(self, restarts: int) -> Process | None:
        """A process that has been started again so often; None when there is none."""
        return next((self._kept[name] for name, count in self.restarts.items() if count >= restarts), None)

    async def _keep(self, process: Process, start: Callable[[], None]) -> None:
        backoff = Backoff()
        started = self._clock()
        while await self._ended(process):
            wait = backoff.after(self._clock() - started)
            self.restarts[process.name] += 1
            self._report(f"{process.name} ended ({how(process.exit_code)}); starting it again in {wait:g} s")
            if await self._released_within(wait):
                return
            started = self._clock()
            try:
                await in_thread(start)
            except (OSError, PartFailed) as error:
                self._report(f"{process.name} could not be started: {error}")

    async def _ended(self, process: Process) -> bool:
        """Waits for its end (True) or for our release (False)."""
        while process.alive:
            if await self._released_within(POLL_SECONDS):
                return False
        return not self._released.is_set()

    async def _released_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return False
        return True


def how(exit_code: int | None) -> str:
    """An exit code in words."""
    if exit_code is None:
        return "not started"
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
