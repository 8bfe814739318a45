"""Requests at a steady rate, as if they happened now: for demonstrations that should look alive."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any


def paced(
    requests: Iterable[dict[str, Any]],
    per_second: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[dict[str, Any]]:
    """Yield `per_second` requests a second by `clock` (seconds); who is late catches up without a pause."""
    start = clock()
    for number, request in enumerate(requests):
        ahead = start + number / per_second - clock()
        if ahead > 0:
            sleep(ahead)
        yield request


def happening_now(
    requests: Iterable[dict[str, Any]], now: Callable[[], datetime]
) -> Iterator[dict[str, Any]]:
    """The same requests with `occurred_at` = the time at which each is taken (UTC, whole seconds)."""
    for request in requests:
        yield {**request, "occurred_at": now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
