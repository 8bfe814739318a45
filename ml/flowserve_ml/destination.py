"""Where in Kafka requests shall go; checked before any connection is made and any library is needed."""

import re
from dataclasses import dataclass

from flowserve_ml.errors import InputError

_ADDRESSES = re.compile(r"[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*")


@dataclass(frozen=True, slots=True)
class Destination:
    """Addresses of brokers (host:port, several with commas), the topic, and the client that it is for.

    Raises InputError if one of them makes no sense.
    """

    bootstrap: str
    topic: str
    client_id: str

    def __post_init__(self) -> None:
        if not _ADDRESSES.fullmatch(self.bootstrap):
            raise InputError(f"--kafka {self.bootstrap}: write HOST:PORT, for example localhost:9092")
        if not self.topic or not self.client_id:
            raise InputError("--topic and --client-id must not be empty")
