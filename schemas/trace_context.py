"""W3C trace context: which trace of the caller's a request belongs to.

FlowServe makes no spans of its own, so what comes is passed on as it is: changing the parent id would break
the tree of those who do. A request that comes over REST without a context gets one, not sampled, so that its
log lines, its records and its answer can be found by one id.
"""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from schemas import headers
from schemas.card_numbers import holds_card_number

TRACEPARENT_BYTES = 128
TRACESTATE_BYTES = 512

# Ids of zeros mean none, and ff is no version.
_SHAPE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_ZEROS_FOR_DIGITS = bytes(48 if 48 <= byte <= 57 else 46 for byte in range(256))
_FEWEST_DIGITS = b"0" * 13


class TraceContext(NamedTuple):
    """A context that can be passed on: `traceparent` of the usual form, `tracestate` maybe empty."""

    traceparent: str
    tracestate: str = ""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.traceparent[3:35]

    def wire(self) -> list[tuple[str, bytes]]:
        """As headers of a record."""
        sent = [(headers.TRACEPARENT, self.traceparent.encode())]
        return [*sent, (headers.TRACESTATE, self.tracestate.encode())] if self.tracestate else sent


def usable_traceparent(value: bytes) -> bool:
    """Whether a record's header may travel on: not too long, and no card number in it."""
    if _SHAPE.fullmatch(value):
        # So many digits seldom stand together there, and a look for them costs a tenth of the careful one.
        if _FEWEST_DIGITS not in value.translate(_ZEROS_FOR_DIGITS):
            return True
    elif not 0 < len(value) <= TRACEPARENT_BYTES:
        return False
    return not _holds_card(value)


def usable_tracestate(value: bytes) -> bool:
    """As above."""
    return 0 < len(value) <= TRACESTATE_BYTES and not _holds_card(value)


def trace_id(traceparent: bytes | None) -> str | None:
    """That of a header, or None where it has not the usual form."""
    return traceparent[3:35].decode() if traceparent and _SHAPE.fullmatch(traceparent) else None


def carried(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """The context of a call, None where none can be carried on; the state never goes without the parent."""
    parent = (traceparent or "").encode("utf-8")
    if not _SHAPE.fullmatch(parent) or not usable_traceparent(parent):
        return None
    state = (tracestate or "").encode("utf-8")
    usable = usable_tracestate(state) and state.isascii() and state.decode().isprintable()
    return TraceContext(parent.decode(), state.decode() if usable else "")


def new_trace(random: Callable[[int], bytes] = os.urandom) -> TraceContext:
    """A context that begins here, and that nobody has asked to record."""
    while True:
        digits = random(24).hex()
        traceparent = f"00-{digits[:32]}-{digits[32:]}-00"
        # Random digits look like a card number once in some ten thousand.
        if _SHAPE.fullmatch(parent := traceparent.encode()) and usable_traceparent(parent):
            return TraceContext(traceparent)


def _holds_card(value: bytes) -> bool:
    return holds_card_number(value.decode("latin-1").replace("\0", ""), even_in_ids=True)
