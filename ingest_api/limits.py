"""Requests per second and API key. Nobody waits: who has used up the second is told so."""

from collections.abc import Sequence

from aiolimiter import AsyncLimiter

from schemas.problems import Refusal

_MAX_LIMITERS = 10_000

RateHeaders = Sequence[tuple[bytes, bytes]]
"""RateLimit and RateLimit-Policy of an answer, as ASGI has them; none before the key is known."""


class RateLimits:
    """One leaky bucket per key, counted in this process; `per_second` is also the largest burst."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._limiters: dict[str, AsyncLimiter] = {}
        self._policy = (b"ratelimit-policy", f'"client";q={per_second};w=1'.encode())

    async def spend(self, key_id: str, cost: int) -> None:
        """Takes `cost`. Raises Refusal: quota_exceeded."""
        limiter = self._limiter(key_id)
        if not limiter.has_capacity(cost):
            raise Refusal("quota_exceeded", f"This key may send {self._per_second} requests a second.")
        await limiter.acquire(cost)  # never waits: nothing else ran since the look before

    def left(self, key_id: str) -> RateHeaders:
        """The headers of the limit, and of what is left of the current second."""
        # aiolimiter has no public reading of its level; has_capacity() brings it up to date.
        limiter = self._limiter(key_id)
        limiter.has_capacity(0)
        left = max(0, int(limiter.max_rate - limiter._level))
        return self._policy, (b"ratelimit", b'"client";r=%d;t=1' % left)

    def _limiter(self, key_id: str) -> AsyncLimiter:
        limiter = self._limiters.get(key_id)
        if limiter is None:
            if len(self._limiters) >= _MAX_LIMITERS:
                self._limiters.pop(next(iter(self._limiters)))
            limiter = self._limiters[key_id] = AsyncLimiter(self._per_second, 1)
        return limiter
