"""Which transactions were decided before: as the scorer judges, from what it remembers then."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flowserve_ml.features.definitions import HORIZON_SECONDS, MAX_REMEMBERED_ROWS
from stream_processor.replay.spool import Place, Spool

SCORED, DUPLICATE, CONFLICT = 0, 1, 2

_NAMES = ("customer_id", "transaction_id", "micros", "terminal_id", "minor", "currency")

_Body = tuple[Any, ...]
"""Values of _NAMES."""

_Numbers = npt.NDArray[np.int64]


class _Known(NamedTuple):
    """A decided transaction: its second, and how many its customer had before it."""

    at: int
    number: int
    body: _Body


class _Part(NamedTuple):
    """The new transactions of one table, for as long as one of them is within the horizon: where their bodies
    lie, and by hash of customer and id, ascending, their places there and their numbers as in _Known."""

    last_second: int
    bodies: Place
    hashes: _Numbers
    places: _Numbers
    numbers: _Numbers


class Repeats:
    """Judges a history table by table, in its order.

    In memory it holds 24 bytes for each transaction within the horizon; a hash that is seen again is only a
    reason to read the transactions themselves.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._parts: list[_Part] = []
        self._counts: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        """How many transactions are remembered."""
        return sum(len(part.hashes) for part in self._parts)

    def judge(self, table: pa.Table) -> npt.NDArray[np.int8]:
        """SCORED, DUPLICATE or CONFLICT for each."""
        seconds = table["micros"].to_numpy() // 1_000_000
        customers = table["customer_id"].combine_chunks().dictionary_encode()
        codes, names = customers.indices.to_numpy(), customers.dictionary.to_pylist()
        hashes = _hashes(codes, names, table["transaction_id"])
        self._forget(int(seconds[0]))
        status = np.full(len(table), SCORED, dtype=np.int8)
        again, known = self._seen(hashes)
        before = np.array([self._counts.get(name, (0, 0))[0] for name in names], dtype=np.int64)
        if len(again):
            numbers = before[codes] + _rank(codes)
            status[again] = _judged(_bodies(table, again), numbers[again].tolist(), known)
        new = np.flatnonzero(status == SCORED)
        numbers = before[codes[new]] + _rank(codes[new])
        self._remember(table, seconds, hashes, new, numbers)
        counts, last = np.bincount(codes[new], minlength=len(names)), np.zeros(len(names), dtype=np.int64)
        np.maximum.at(last, codes, seconds)
        totals = zip((before + counts).tolist(), last.tolist(), strict=True)
        self._counts.update(zip(names, totals, strict=True))
        return status

    def _forget(self, second: int) -> None:
        limit = second - HORIZON_SECONDS
        self._parts = [part for part in self._parts if part.last_second > limit]
        gone = [name for name, (_, last) in self._counts.items() if last <= limit]
        for name in gone:
            del self._counts[name]

    def _seen(self, hashes: _Numbers) -> tuple[_Numbers, dict[_Body, list[_Known]]]:
        """The rows that may be repeats, or be repeated in this table, and what is known of such."""
        order = np.argsort(hashes)
        ranked = hashes[order]
        same = np.zeros(len(hashes), dtype=bool)
        same[1:] = ranked[1:] == ranked[:-1]
        same[:-1] |= same[1:]
        known: dict[_Body, list[_Known]] = defaultdict(list)
        for part in self._parts:
            first = np.searchsorted(part.hashes, ranked)
            found = part.hashes[np.minimum(first, len(part.hashes) - 1)] == ranked
            if found.any():
                same |= found
                self._recall(part, np.isin(part.hashes, ranked[found]), known)
        return np.sort(order[same]), known

    def _recall(self, part: _Part, chosen: npt.NDArray[np.bool_], known: dict[_Body, list[_Known]]) -> None:
        order = np.argsort(part.places[chosen])
        places, numbers = part.places[chosen][order], part.numbers[chosen][order]
        bodies = _bodies(self._spool.get(part.bodies), places)
        for number, body in zip(numbers.tolist(), bodies, strict=True):
            known[body[:2]].append(_Known(body[2] // 1_000_000, number, body))

    def _remember(
        self, table: pa.Table, seconds: _Numbers, hashes: _Numbers, new: _Numbers, numbers: _Numbers
    ) -> None:
        if not len(new):
            return
        order = np.argsort(hashes[new])
        bodies = self._spool.put(table.select(_NAMES))
        last = int(seconds[new[-1]])
        self._parts.append(_Part(last, bodies, hashes[new][order], new[order], numbers[order]))


def _hashes(
    codes: npt.NDArray[np.int32], customers: Sequence[str], transactions: pa.ChunkedArray
) -> _Numbers:
    """Of customer and id; others may have the same one."""
    owners = np.fromiter(map(hash, customers), np.int64, len(customers))
    ids = np.fromiter(map(hash, transactions.to_numpy()), np.int64, len(transactions))
    return ids ^ owners[codes] * 3  # an id that is its customer's name, too, must not give zero


def _bodies(table: pa.Table, places: _Numbers) -> list[_Body]:
    part = table.select(_NAMES).take(pa.array(places))
    return list(zip(*(part[name].to_pylist() for name in _NAMES), strict=True))


def _judged(bodies: list[_Body], numbers: list[int], known: dict[_Body, list[_Known]]) -> list[int]:
    """`numbers` count all rows of a customer; a repeat takes no room in the scorer's memory."""
    repeats: Counter[str] = Counter()
    status = []
    for body, count in zip(bodies, numbers, strict=True):
        customer, transaction, micros, *_ = body
        at, number = micros // 1_000_000, count - repeats[customer]
        since, oldest = at - HORIZON_SECONDS, number - MAX_REMEMBERED_ROWS
        earlier = known[customer, transaction]
        first = next((each.body for each in earlier if each.at > since and each.number >= oldest), None)
        if first is None:
            earlier.append(_Known(at, number, body))
            status.append(SCORED)
        else:
            repeats[customer] += 1
            status.append(DUPLICATE if first == body else CONFLICT)
    return status


def _rank(codes: npt.NDArray[np.int32]) -> _Numbers:
    """How many earlier rows have the same code."""
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=-1))
    sizes = np.diff(np.append(starts, len(ranked)))
    ranks = np.empty(len(codes), dtype=np.int64)
    ranks[order] = np.arange(len(codes)) - np.repeat(starts, sizes)
    return ranks
