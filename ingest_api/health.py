"""What each part of the process says of itself; only what predictions need makes it unready."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from ingest_api.keys import KeyRing
from ingest_api.lag import Lag
from ingest_api.publisher import Publisher
from ingest_api.replies import ReplyListener


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part: whether it works, and what to look at where it does not."""

    ok: bool
    detail: str = ""


class Readiness(msgspec.Struct, frozen=True):
    """`degraded`: predictions are answered, something else is not."""

    status: Literal["ready", "degraded", "not_ready"]
    parts: dict[str, Part]


class Health:
    """Reads the parts; `stopping` and `failed` are set by the server."""

    def __init__(
        self,
        publisher: Publisher,
        replies: ReplyListener,
        keys: KeyRing,
        lag: Callable[[], Lag | None],
        max_lag_seconds: float,
    ) -> None:
        self._publisher = publisher
        self._replies = replies
        self._keys = keys
        self._lag = lag
        self._max_lag_seconds = max_lag_seconds
        self.stopping = False
        self.failed = False

    def kafka_ready(self) -> bool:
        """True where a request can be published and its reply can come back."""
        return self._publisher.ready() and self._replies.ready()

    def readiness(self) -> Readiness:
        """The state of every part, by name."""
        needed = {
            "kafka_producer": _part(self._publisher.ready(), "Kafka does not take requests."),
            "replies": _part(self._replies.ready(), "The reply partition is not being read."),
            "keys": _part(self._keys.usable(), "API keys have not been read from the database."),
        }
        if self.stopping:
            needed["process"] = Part(False, "The process is stopping.")
        rest = {
            "database": _part(self._keys.healthy, "PostgreSQL does not answer."),
            "scorer_lag": self._lag_part(),
        }
        if not all(part.ok for part in needed.values()):
            return Readiness("not_ready", needed | rest)
        return Readiness("ready" if all(part.ok for part in rest.values()) else "degraded", needed | rest)

    def numbers(self) -> Mapping[str, float]:
        """1 for each part that works, else 0."""
        return {"process": 1} | {name: int(part.ok) for name, part in self.readiness().parts.items()}

    def _lag_part(self) -> Part:
        lag = self._lag()
        if lag is None:
            return Part(False, "The scorer's lag is not known.")
        text = f"{lag.records} records, {lag.seconds:.1f} s behind."
        return Part(lag.seconds <= self._max_lag_seconds, text)


def _part(ok: bool, detail: str) -> Part:
    return Part(True) if ok else Part(False, detail)
