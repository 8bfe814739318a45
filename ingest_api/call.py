"""What is known of one HTTP call while it lasts; set by the middleware, read by the routes."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from ingest_api.keys import ApiKey
from ingest_api.limits import RateHeaders
from schemas.trace_context import TraceContext

_PLACE = "flowserve.call"


@dataclass(slots=True)
class Call:
    """`request_id` is the caller's X-Request-Id or our own, `trace` the caller's trace context or a new one.

    `rate`: the answer's headers that say what the key has left.
    `code`: that of the problem, where the call itself is refused.
    `shed`: refused before anything was looked at, because there is too much to do.
    """

    request_id: str
    trace: TraceContext
    started: float
    key: ApiKey | None = None
    body: bytes = b""
    status: int = 0
    code: str = ""
    shed: bool = False
    rate: RateHeaders = ()

    @property
    def known_key(self) -> ApiKey:
        """The key. A route below the gate always has one; anything else is a bug: raises LookupError."""
        if self.key is None:
            raise LookupError("this path is not behind the gate")
        return self.key

    @property
    def client_id(self) -> str:
        """The client of the key. Raises as `known_key`."""
        return self.known_key.client_id


def attach(scope: MutableMapping[str, Any], call: Call) -> None:
    """Binds a call to its ASGI scope."""
    scope[_PLACE] = call


def call_of(scope: MutableMapping[str, Any]) -> Call:
    """The call of an ASGI scope."""
    call: Call = scope[_PLACE]
    return call


def header(scope: MutableMapping[str, Any], name: bytes) -> str | None:
    """The first header of this name (lower case), as Latin-1 text."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None
