"""Guards of the static member id: one process per slot on a host, and nobody else with our id."""

import fcntl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stream_processor.scorer.cannot_start import CannotStart


class SlotTaken(CannotStart):
    """Another scorer on this host uses the slot: give each its own FLOWSERVE_SCORER_SLOT."""


@contextmanager
def slot_lock(data_dir: Path, slot: int) -> Iterator[None]:
    """Holds the slot of this host for as long as the process lives. Raises SlotTaken."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f"scorer-{slot}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SlotTaken(
                f"Slot {slot} is taken: give each scorer its own FLOWSERVE_SCORER_SLOT."
            ) from None
        yield


class MembershipWatch:
    """Notices that the group refuses us, and says why: most of all when two processes share a static id.

    The broker gives a returning member a new member id: once after a long pause is normal, `most` times
    within `seconds` is another process with our id, and the two would take turns for ever.
    """

    def __init__(
        self, clock: Callable[[], float], refused: Callable[[str], None], most: int = 4, seconds: float = 60
    ) -> None:
        self._clock = clock
        self._refused = refused
        self._most = most
        self._seconds = seconds
        self._member_id = ""
        self._changes: deque[float] = deque()

    def assigned(self, member_id: str) -> None:
        """Called at every assignment with the member id that the broker knows us by."""
        if member_id == self._member_id:
            return
        first, self._member_id = not self._member_id, member_id
        if first:
            return
        now = self._clock()
        self._changes.append(now)
        while self._changes[0] < now - self._seconds:
            self._changes.popleft()
        if len(self._changes) >= self._most:
            self._refused("another scorer uses this host name and slot")

    def failed(self, error: Exception) -> None:
        """Called with what ended our membership: a scorer that lives on outside the group decides nothing."""
        self._refused(str(error))
