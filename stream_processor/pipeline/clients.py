"""Who may ask: the clients as the list of clients has them, and the refusal of any other."""

from collections.abc import Iterable

from schemas.headers import DEFAULT_CLIENT
from schemas.problems import Refusal
from stream_processor.pipeline.envelope import Envelope

_WHAT_TO_DO = (
    "The client_id header names no client of this installation. Correct it, or have the client added "
    "(flowserve clients add NAME) and send the record again, or redrive it (flowserve dlq redrive)."
)


class ClientBook:
    """One per process. The client `default` is known until the list says otherwise."""

    def __init__(self, active: Iterable[str] = ()) -> None:
        self._active = {DEFAULT_CLIENT, *active}

    def note(self, name: str, active: bool) -> None:
        """The newest word on a client."""
        if active:
            self._active.add(name)
        else:
            self._active.discard(name)

    def check(self, envelope: Envelope) -> None:
        """Raises Refusal unknown_client; a header that cannot name anybody is `admit`'s to refuse."""
        if envelope.client_id is not None and envelope.client_id not in self._active:
            raise Refusal("unknown_client", _WHAT_TO_DO)
