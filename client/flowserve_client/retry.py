"""How often and how long: the bounds of a call and the pauses between its attempts."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Retry:
    """At most `attempts` tries; pauses start at `first` seconds and double up to `most`."""

    attempts: int = 8
    first: float = 0.2
    most: float = 10.0


@dataclass
class Limits:
    """The bounds of one call. `deadline` by `clock`, monotonic seconds; `chance` gives 0..1."""

    retry: Retry
    deadline: float
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    tries: int = field(default=0, init=False)

    def left(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self.deadline - self.clock())

    def pause(self, retry_after: float | None) -> float | None:
        """Seconds before the next attempt, or None where there is none any more.

        Never less than `retry_after`. Jitter keeps callers that failed together from coming back together.
        """
        self.tries += 1
        growing = min(self.retry.most, self.retry.first * 2.0 ** min(self.tries - 1, 30))
        if retry_after is None:
            pause = growing * (0.5 + 0.5 * self.chance())
        else:
            pause = retry_after + min(growing, max(retry_after, self.retry.first)) * 0.5 * self.chance()
        return None if self.tries >= self.retry.attempts or pause >= self.left() else pause
