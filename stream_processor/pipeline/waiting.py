"""Scored transactions that wait for their label, packed by the minute of their event time."""

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from struct import Struct
from typing import NamedTuple

_MINUTE = 60
# at, offset, prediction, ordinary, bytes of the client's and of the terminal's id, which follow
_HEAD = Struct("<qqq?HH")


class Waiting(NamedTuple):
    """A scored transaction. `at` in seconds since 1970 UTC, `offset` of its request, 64 bits of its id."""

    at: int
    offset: int
    client_id: str
    terminal_id: str
    prediction: int
    ordinary: bool


class WaitingRows:
    """Some 45 bytes for each, as seven days of them are in memory; in order only as they are taken out."""

    def __init__(self, content: Mapping[int, bytes] | None = None) -> None:
        self._minutes = {minute: bytearray(rows) for minute, rows in (content or {}).items()}
        self._oldest_first = list(self._minutes)
        heapify(self._oldest_first)

    def __iter__(self) -> Iterator[Waiting]:
        """All, oldest first."""
        for minute in sorted(self._minutes):
            yield from sorted(_unpacked(self._minutes[minute]))

    def add(self, waiting: Waiting) -> None:
        """In any order."""
        minute = waiting.at // _MINUTE
        rows = self._minutes.get(minute)
        if rows is None:
            rows = self._minutes[minute] = bytearray()
            heappush(self._oldest_first, minute)
        client, terminal = waiting.client_id.encode(), waiting.terminal_id.encode()
        sizes = len(client), len(terminal)
        rows += _HEAD.pack(waiting.at, waiting.offset, waiting.prediction, waiting.ordinary, *sizes)
        rows += client + terminal

    def take(self, until: int, most: int) -> list[Waiting]:
        """Takes out those up to second `until`, oldest first, at most so many."""
        taken: list[Waiting] = []
        while self._oldest_first and self._oldest_first[0] * _MINUTE <= until and len(taken) < most:
            entries = sorted(_unpacked(self._minutes.pop(heappop(self._oldest_first))))
            count = min(sum(entry.at <= until for entry in entries), most - len(taken))
            taken += entries[:count]
            for entry in entries[count:]:
                self.add(entry)
            if count < len(entries):
                break
        return taken

    def content(self) -> dict[int, bytes]:
        """What another `WaitingRows` is made of to be equal to this one."""
        return {minute: bytes(rows) for minute, rows in self._minutes.items()}


def _unpacked(rows: bytearray) -> Iterator[Waiting]:
    place = 0
    while place < len(rows):
        at, offset, prediction, ordinary, client, terminal = _HEAD.unpack_from(rows, place)
        place += _HEAD.size + client + terminal
        ids = rows[place - client - terminal : place]
        yield Waiting(at, offset, ids[:client].decode(), ids[client:].decode(), prediction, ordinary)
