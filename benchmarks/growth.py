"""`python -m benchmarks.growth [CUSTOMERS]`: what a transaction of a random customer costs `decide`, with few
and with many customers, and how much of that is the wait for memory that no cache holds.

The second half of the transactions finds its customers in the caches, since each was looked at right before.
"""

import argparse
import gc
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rows.state import FEW, MILLION
from benchmarks.stage import PARTITIONS
from benchmarks.traffic import Asked, one_each, recent
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from schemas.headers import DEFAULT_CLIENT
from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.decide import decide
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook

_BATCH, _SLICE = 500, 20_000


class Partitions:
    """The states of all partitions, and the seconds that went by in `decide` and in looking before it."""

    def __init__(self, model: Model, now: datetime) -> None:
        self._rules = Rules(model, TerminalBook(), PARTITIONS, 16, ClientBook([DEFAULT_CLIENT]))
        self._states = [PartitionState() for _ in range(PARTITIONS)]
        self._now_ms = int(now.timestamp() * 1_000)
        self.deciding = self.looking = 0.0

    def decide(self, asked: Iterable[Asked], look: bool = False) -> float:
        """Microseconds of each in `decide` and its commit, by the clock."""
        self.deciding = self.looking = 0.0
        count = 0
        for partition, batch in _batches(asked):
            self._decide(partition, batch, look)
            count += len(batch)
        return self.deciding / count * 1e6

    def _decide(self, partition: int, batch: Sequence[Asked], look: bool) -> None:
        state, now_ms = self._states[partition], self._now_ms
        records = [one.record(partition, state.next + place, now_ms) for place, one in enumerate(batch)]
        keys = [key_of(DEFAULT_CLIENT, one.customer_id) for one in batch] if look else []
        began = time.perf_counter()
        for key in keys:
            packed = state.customers[key]
            _ = packed[0], packed[-1]
        looked = time.perf_counter()
        decide(records, state, self._rules, now_ms).draft.commit()
        state.decided(records[-1].offset + 1, now_ms, len(records))
        self.deciding += time.perf_counter() - looked
        self.looking += looked - began


def _batches(asked: Iterable[Asked]) -> Iterator[tuple[int, list[Asked]]]:
    waiting: list[list[Asked]] = [[] for _ in range(PARTITIONS)]
    for one in asked:
        partition = partition_of(one.key, PARTITIONS)
        waiting[partition].append(one)
        if len(waiting[partition]) == _BATCH:
            yield partition, waiting[partition]
            waiting[partition] = []
    yield from ((partition, batch) for partition, batch in enumerate(waiting) if batch)


def measure(customers: int) -> None:
    """Prints a line."""
    now = datetime.now(UTC)
    partitions = Partitions(Model.load(current_folder(Path("ml/models"))), now)
    partitions.decide(one_each("first", customers, now))
    plain = partitions.decide(recent("plain", _SLICE, customers, now))
    looked_at = partitions.decide(recent("looked-at", _SLICE, customers, now), look=True)
    looking = partitions.looking / _SLICE * 1e6
    print(
        f"{customers:>9,} customers: {plain:5.1f} µs a transaction; with its customer looked at before, "
        f"{looked_at:5.1f} µs and {looking:4.1f} µs for the look",
        flush=True,
    )


def main() -> None:
    """Few, then many, three times in turn."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("customers", nargs="?", type=int, default=MILLION, help="how many are many")
    many: int = parser.parse_args().customers
    gc.freeze()
    gc.set_threshold(10_000)
    for _ in range(3):
        for customers in (FEW, many):
            measure(customers)


if __name__ == "__main__":
    main()
