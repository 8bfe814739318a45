"""Changes error codes in Kafka's answers on their way through the proxy: what was done is reported as failed.

Knows as much of the protocol as that takes: frames, correlation ids, and the answers to Produce and
OffsetCommit in their versions before tagged fields, which is what aiokafka speaks.
"""

import struct
from dataclasses import dataclass, field

PRODUCE, OFFSET_COMMIT = 0, 8
_FLEXIBLE = {PRODUCE: 9, OFFSET_COMMIT: 8}
_COMMIT_THROTTLE_SINCE = 3
# What follows the error code of a partition in the answer to Produce, by version: offsets and times.
_PRODUCE_REST = {3: 16, 4: 16, 5: 24, 6: 24, 7: 24}


@dataclass
class Orders:
    """Which error the next `left` answers to `api` get in place of success."""

    api: int = -1
    code: int = 0
    left: int = 0


@dataclass
class Frames:
    """The frames of one connection; only whole answers are passed on."""

    orders: Orders
    _asked: dict[int, tuple[int, int]] = field(default_factory=dict)
    _request: bytes = b""
    _answer: bytes = b""

    def request(self, chunk: bytes) -> None:
        """Notes what is asked for under which correlation id."""
        whole, self._request = _split(self._request + chunk)
        for frame in whole:
            api, version, correlation = struct.unpack_from(">hhi", frame, 4)
            if api in _FLEXIBLE and version < _FLEXIBLE[api]:
                self._asked[correlation] = (api, version)

    def answer(self, chunk: bytes) -> bytes:
        """The answers that are complete by now, changed as ordered."""
        whole, self._answer = _split(self._answer + chunk)
        return b"".join(self._changed(frame) for frame in whole)

    def _changed(self, frame: bytes) -> bytes:
        (correlation,) = struct.unpack_from(">i", frame, 4)
        api, version = self._asked.pop(correlation, (-1, 0))
        if api != self.orders.api or self.orders.left <= 0:
            return frame
        changed = bytearray(frame)
        for place in _error_places(api, version, frame):
            struct.pack_into(">h", changed, place, self.orders.code)
        self.orders.left -= 1
        return bytes(changed)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole frames, each with its length in front, and the rest."""
    whole = []
    while len(data) >= 4:
        end = 4 + int(struct.unpack_from(">i", data)[0])
        if len(data) < end:
            break
        whole.append(data[:end])
        data = data[end:]
    return whole, data


def _error_places(api: int, version: int, frame: bytes) -> list[int]:
    """Where the error codes of the partitions stand in an answer."""
    place = 8 + (4 if api == OFFSET_COMMIT and version >= _COMMIT_THROTTLE_SINCE else 0)
    rest = 0 if api == OFFSET_COMMIT else _PRODUCE_REST.get(version)
    places: list[int] = []
    (topics,) = struct.unpack_from(">i", frame, place)
    place += 4
    for _ in range(topics):
        (length,) = struct.unpack_from(">h", frame, place)
        place += 2 + length
        (partitions,) = struct.unpack_from(">i", frame, place)
        place += 4
        for _ in range(partitions):
            places.append(place + 4)
            place += 6
            # Version 8 ends with a list and a text, both empty where the broker knows no error.
            place += 24 + 4 + 2 if rest is None else rest
    return places
