"""Free ports, remembered in the data folder, so that addresses stay the same over restarts."""

import json
import random
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from local_stack.lock import locked

# Below the range that Linux hands to outgoing connections: a client that keeps calling a broker that is down
# must not be given the broker's own port as its source port.
LOWEST, HIGHEST = 12_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def first_free(candidates: Iterable[int], free: Callable[[int], bool] = is_free) -> int:
    """The first candidate that is free. Raises OSError when none is."""
    for port in candidates:
        if free(port):
            return port
    raise OSError("no free port in the range asked for: stop some other server, or name a port yourself")


class PortMemory:
    """Port numbers by name in one small JSON file; chosen at random at the first question."""

    def __init__(self, path: Path, free: Callable[[int], bool] = is_free, seed: int | None = None) -> None:
        self._path = path
        self._free = free
        self._random = random.Random(seed)  # noqa: S311 - a port is no secret

    def recall(self, name: str) -> int | None:
        return self._read().get(name)

    def get(self, name: str) -> int:
        """The remembered port, whether free or not (its user may be running); else a new one, remembered."""
        with locked(self._path.with_suffix(".lock")):
            known = self._read()
            if name not in known:
                candidates = (self._random.randrange(LOWEST, HIGHEST) for _ in range(1000))
                taken = set(known.values())
                known[name] = first_free((port for port in candidates if port not in taken), self._free)
                self._write(known)
            return known[name]

    def remember(self, name: str, port: int) -> None:
        with locked(self._path.with_suffix(".lock")):
            self._write(self._read() | {name: port})

    def _read(self) -> dict[str, int]:
        try:
            return {str(name): int(port) for name, port in json.loads(self._path.read_text()).items()}
        except FileNotFoundError:
            return {}

    def _write(self, ports: dict[str, int]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps(ports, indent=1))
        half.replace(self._path)
