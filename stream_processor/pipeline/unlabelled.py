"""Scored transactions that wait for their label, packed by the minute of their event time."""

from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from struct import Struct
from typing import NamedTuple

_MINUTE = 60
# at, offset, prediction, ordinary, bytes of the client's and of the terminal's id, which follow
_HEAD = Struct("<qqq?HH")


class Unlabelled(NamedTuple):
    """A scored transaction. `at` in seconds since 1970 UTC, `offset` of its request, 64 bits of its id."""

    at: int
    offset: int
    client_id: str
    terminal_id: str
    prediction: int
    ordinary: bool


class UnlabelledRows:
    """Some 45 bytes for each, as seven days of them are in memory; in order only as they are taken out."""

    def __init__(self, content: Mapping[int, bytes] | None = None) -> None:
        self._minutes = {minute: bytearray(rows) for minute, rows in (content or {}).items()}
        self._oldest_first = list(self._minutes)
        heapify(self._oldest_first)

    def __iter__(self) -> Iterator[Unlabelled]:
        """All, oldest first."""
        for minute in sorted(self._minutes):
            yield from sorted(_unpacked(self._minutes[minute]))

    def add(self, entries: Iterable[Unlabelled]) -> None:
        """In any order."""
        minutes = self._minutes
        for at, offset, client_id, terminal_id, prediction, ordinary in entries:
            rows = minutes.get(at // _MINUTE)
            if rows is None:
                rows = minutes[at // _MINUTE] = bytearray()
                heappush(self._oldest_first, at // _MINUTE)
            client, terminal = client_id.encode(), terminal_id.encode()
            head = _HEAD.pack(at, offset, prediction, ordinary, len(client), len(terminal))
            rows += head + client + terminal

    def take(self, until: int, most: int) -> list[Unlabelled]:
        """Takes out those up to second `until`, oldest first, at most so many."""
        taken: list[Unlabelled] = []
        while self._oldest_first and self._oldest_first[0] * _MINUTE <= until and len(taken) < most:
            entries = sorted(_unpacked(self._minutes.pop(heappop(self._oldest_first))))
            count = min(sum(entry.at <= until for entry in entries), most - len(taken))
            taken += entries[:count]
            self.add(entries[count:])
            if count < len(entries):
                break
        return taken

    def content(self) -> dict[int, bytes]:
        """What another `UnlabelledRows` is made of to be equal to this one."""
        return {minute: bytes(rows) for minute, rows in self._minutes.items()}


def _unpacked(rows: bytearray) -> Iterator[Unlabelled]:
    place = 0
    while place < len(rows):
        at, offset, prediction, ordinary, client, terminal = _HEAD.unpack_from(rows, place)
        place += _HEAD.size + client + terminal
        ids = rows[place - client - terminal : place]
        yield Unlabelled(at, offset, ids[:client].decode(), ids[client:].decode(), prediction, ordinary)
