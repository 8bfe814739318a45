"""Progress of long work as lines on a stream, one per tenth of the way."""

from collections.abc import Iterator
from typing import TextIO


def track(total: int, label: str, stream: TextIO) -> Iterator[int]:
    """Yield 0 to total - 1 and say on `stream` how far it is."""
    step = max(1, -(-total // 10))
    for number in range(total):
        if number and number % step == 0:
            print(f"{label}: {number:,} of {total:,}", file=stream, flush=True)
        yield number
    print(f"{label}: {total:,} done", file=stream, flush=True)
