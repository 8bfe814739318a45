"""How long to wait before a dead process is started again."""

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 15.0
STABLE_SECONDS = 30.0


class Backoff:
    """Doubles from 0.5 s to 15 s; begins anew after a run of at least 30 s."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def after(self, ran_for: float) -> float:
        """Seconds to wait, given how many seconds the process has run this time."""
        if ran_for >= STABLE_SECONDS:
            self._next = FIRST_SECONDS
        wait = self._next
        self._next = min(wait * 2, LONGEST_SECONDS)
        return wait
