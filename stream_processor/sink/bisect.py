"""Finds exactly the rows that cannot be stored, by halving; every other row is stored."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from stream_processor.sink.errors import SinkStopped, is_data_fault

Item = TypeVar("Item")


async def store_all_but_bad(
    rows: Sequence[Item], attempt: Callable[[Sequence[Item]], Awaitable[None]], most: int
) -> list[tuple[Item, Exception]]:
    """Stores what can be, in order, and returns the others with their errors.

    `attempt` stores rows all or none. Errors that are no row's fault pass through. Raises SinkStopped when
    more than `most` rows are bad: then the tables or the program are wrong, not the data.
    """
    bad: list[tuple[Item, Exception]] = []

    async def store(some: Sequence[Item]) -> None:
        try:
            await attempt(some)
        except Exception as error:
            if not is_data_fault(error):
                raise
            if len(some) > 1:
                middle = len(some) // 2
                await store(some[:middle])
                await store(some[middle:])
                return
            bad.append((some[0], error))
            if len(bad) > most:
                raise SinkStopped(
                    f"PostgreSQL refuses more than {most} rows of one batch ({type(error).__name__}): "
                    "check that tables and program are of one version; nothing of the batch was stored"
                ) from None

    if rows:
        await store(rows)
    return bad
