"""What can go wrong, as exceptions: the service's problems (RFC 9457), and the ways not to get an answer."""

from collections.abc import Mapping
from typing import Any


class FlowServeError(Exception):
    """The parent of all of them. `retry_after` is what the service asked for, in seconds."""

    retry_after: float | None = None


class Unreachable(FlowServeError):
    """Nobody answered: the connection failed or broke, or no answer came in time."""


class Pending(FlowServeError):
    """The request was accepted and will be decided, but not within the time of this call."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"request {request_id} is not decided yet; ask outcome({request_id!r}) later")
        self.request_id = request_id


class Problem(FlowServeError):
    """The service refused. `pointers` says what is wrong with which field, by JSON pointer."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(body.get("code", "unknown"))
        self.title = str(body.get("title", f"HTTP {status}"))
        self.detail = str(body.get("detail") or "")
        self.retryable = bool(body.get("retryable", status in (429, 502, 503, 504)))
        self.request_id = str(body.get("request_id") or "")
        self.pointers = {str(each["pointer"]): str(each["detail"]) for each in body.get("errors") or ()}
        self.retry_after = retry_after
        what = [self.detail, *(f"{pointer}: {text}" for pointer, text in self.pointers.items())]
        super().__init__(f"{self.code}: {self.title}. {' '.join(part for part in what if part)}".strip())


class Unauthorized(Problem):
    """No valid API key, or one without the scope that this needs."""


class NotFound(Problem):
    """There is no such thing, or not yet (`retryable`)."""


class Conflict(Problem):
    """This transaction_id was used with another body; the first answer stands."""


class RateLimited(Problem):
    """The key has used up its second."""


class Unavailable(Problem):
    """The service cannot do it just now."""


_BY_STATUS: dict[int, type[Problem]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def problem_of(status: int, body: object, retry_after: float | None = None) -> Problem:
    """The exception for an answer's status and body, whatever the body is."""
    fields = body if isinstance(body, Mapping) else {}
    kind = Conflict if fields.get("code") == "idempotency_conflict" else _BY_STATUS.get(status, Problem)
    return kind(status, fields, retry_after)
