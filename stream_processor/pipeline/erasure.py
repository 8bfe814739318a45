"""The records of `predictions` by which a partition forgets customers, so that a rebuild forgets them too."""

import msgspec

from schemas import headers
from schemas.erasure import ERASURE
from schemas.outcomes import FOLD_VERSION, Fold, encoder
from stream_processor.pipeline.keys import parts_of_key
from stream_processor.pipeline.labels import REPLAYED_OFFSETS
from stream_processor.pipeline.results import WireHeaders
from stream_processor.pipeline.state import PartitionState

_MOST_AT_ONCE = 1_000


class Marker(msgspec.Struct, frozen=True, gc=False):
    """A record without a value, good for one place of the log."""

    place: int
    fold: Fold
    key: bytes
    headers: WireHeaders
    value: bytes = b""


def markers(state: PartitionState) -> list[Marker]:
    """One for each customer whose erasure was asked for and not done yet, to be appended at the log's end."""
    asked = list(state.erasures_asked.items())[:_MOST_AT_ONCE]
    places = enumerate(asked, state.log_end)
    return [_marker(state, key, asked_ms, place) for place, (key, asked_ms) in places]


def _marker(state: PartitionState, key: str, asked_ms: int, place: int) -> Marker:
    client_id, customer_id = parts_of_key(key)
    offset = REPLAYED_OFFSETS | place
    fold = Fold(FOLD_VERSION, offset, state.mark, asked_ms, ERASURE, client_id, customer_id)
    wire = [
        (headers.STATUS, b"erased"),
        (headers.FOLD, encoder.encode(fold)),
        (headers.CLIENT_ID, client_id.encode()),
    ]
    return Marker(place, fold, customer_id.encode(), wire)
