"""What an operator does with kafka-configs.sh: a quota for a name at Kafka, by the one request behind it."""

import struct
from contextlib import closing
from socket import create_connection

_ALTER_CLIENT_QUOTAS, _VERSION = 49, 0
_QUOTA = "producer_byte_rate"
_SECONDS = 10.0


def set_quota(bootstrap: str, user: str, bytes_per_second: float | None) -> None:
    """Bytes a second for all connections of this user to this broker; None takes the quota away."""
    entity = struct.pack(">i", 1) + _string("user") + _string(user)
    remove = bytes_per_second is None
    change = struct.pack(">i", 1) + _string(_QUOTA) + struct.pack(">d?", bytes_per_second or 0.0, remove)
    head = struct.pack(">hhi", _ALTER_CLIENT_QUOTAS, _VERSION, 1) + _string("overload")
    request = head + struct.pack(">i", 1) + entity + change + b"\0"
    host, port = bootstrap.rsplit(":", 1)
    with closing(create_connection((host, int(port)), _SECONDS)) as line, line.makefile("rb") as answers:
        line.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", answers.read(4))
        _, _, entries, error = struct.unpack(">iiih", answers.read(size)[:14])
    if (entries, error) != (1, 0):
        raise RuntimeError(f"Kafka refused the quota with error {error}")


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded
