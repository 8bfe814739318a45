"""Bytes to HTTP: plain JSON answers, and every problem with the headers that belong to its code."""

import msgspec
from starlette.responses import Response
from starlette.types import Send

from schemas.problems import CONTENT_TYPE, Problem, Refusal, problem

_encode = msgspec.json.Encoder().encode

# Seconds after which a retry has a fair chance; a retryable code that is not named here gets 1.
_RETRY_AFTER = {"not_ready": 2, "store_unavailable": 5, "overloaded": 2}
_CHALLENGE = 'Bearer realm="flowserve"'


def json_answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Encodes anything msgspec can; a `msgspec.Raw` member is passed on byte for byte."""
    return json_bytes(_encode(content), status, headers)


def json_bytes(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON that is bytes already."""
    return Response(content, status, headers, media_type="application/json")


def refusal_problem(refusal: Refusal, request_id: str) -> Problem:
    """The problem of a refusal."""
    return problem(refusal.code, refusal.detail, request_id=request_id, errors=refusal.errors)


def problem_headers(code: str, retryable: bool) -> dict[str, str]:
    """Retry-After where a retry helps, the challenge where a key is needed."""
    headers = {"Retry-After": str(_RETRY_AFTER.get(code, 1))} if retryable else {}
    if code == "unauthenticated":
        headers["WWW-Authenticate"] = _CHALLENGE
    return headers


async def send_problem(send: Send, body: Problem) -> None:
    """The same without a Response around it: what is refused should cost next to nothing."""
    content = _encode(body)
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in problem_headers(body.code, body.retryable).items()
    ]
    headers += [(b"content-length", b"%d" % len(content)), (b"content-type", CONTENT_TYPE.encode())]
    await send({"type": "http.response.start", "status": body.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def problem_answer(body: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as `application/problem+json`."""
    every = problem_headers(body.code, body.retryable) | (headers or {})
    return Response(_encode(body), body.status, every, media_type=CONTENT_TYPE)
