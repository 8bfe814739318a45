"""The error-handling and logging middleware, around every call: its ids, the access log, security headers."""

import logging
import re
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest_api.answers import refusal_problem, send_problem
from ingest_api.call import Call, attach, header
from ingest_api.gate import BATCH, PREDICT
from schemas.card_numbers import holds_card_number
from schemas.counters import Counters
from schemas.identifiers import new_request_id
from schemas.logs import tell_of
from schemas.problems import Refusal, problem
from schemas.trace_context import TraceContext, carried, new_trace

logger = logging.getLogger(__name__)
access = logging.getLogger("ingest_api.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
_NO_STORE = (b"cache-control", b"no-store")
_NO_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PREDICTIONS = frozenset({PREDICT, BATCH})
_CLASSES = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
# The page of /docs builds its markup itself, with styles and pictures in it; it asks nobody but this API.
_DOCS = [
    *_SECURITY,
    (b"cache-control", b"no-cache"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]
# The console loads nothing but its own files and speaks to nobody but this API. Text can never become markup.
_CONSOLE = [
    *_SECURITY,
    (b"cache-control", b"no-cache"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        b"require-trusted-types-for 'script'; trusted-types 'none'",
    ),
]


class ErrorAndLogMiddleware:
    """Raw ASGI. An error becomes a problem. `clock` is monotonic seconds, `now` is seconds since 1970 UTC."""

    def __init__(
        self,
        app: ASGIApp,
        counters: Counters,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app = app
        self._counters = counters
        self._now = now
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, whatever the layers below do."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call = Call(self._request_id(scope), _trace(scope), self._clock())
        attach(scope, call)
        told = tell_of({"request_id": call.request_id, "trace_id": call.trace.trace_id})

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_headers(scope["path"], call)]
            await send(message)

        try:
            await self._answer(call, scope, receive, dressed)
        finally:
            self._count(call, scope)
            self._log(call, scope)
            told()

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if call.status:
                raise  # half an answer is out: only closing the connection can say that it is not whole
            if isinstance(error, Refusal):
                body = refusal_problem(error, call.request_id)
            else:
                logger.exception("a call failed")
                body = problem("internal_error", request_id=call.request_id)
            call.code = body.code
            await send_problem(send, body)

    def _count(self, call: Call, scope: Scope) -> None:
        # A caller who hung up before the answer has none.
        if status := _CLASSES.get(call.status // 100):
            self._counters.add("flowserve_api_answers_total", value=status)
        if call.code:
            self._counters.add("flowserve_api_problems_total", value=call.code)
        if scope["path"] in PREDICTIONS and not call.shed:
            self._counters.observe("flowserve_api_answer_seconds", self._clock() - call.started)

    def _request_id(self, scope: Scope) -> str:
        given = header(scope, b"x-request-id")
        # It is echoed and logged, so it must not be a way to bring a card number there.
        if given and _REQUEST_ID.fullmatch(given) and not holds_card_number(given):
            return given
        return new_request_id(int(self._now() * 1_000))

    def _log(self, call: Call, scope: Scope) -> None:
        # What is shed is counted, and told of once a second: a line for each would cost more than refusing.
        if call.shed or not access.isEnabledFor(logging.INFO):
            return
        route = scope.get("route")
        access.info(
            "call",
            extra={
                "method": scope["method"],
                "route": getattr(route, "path", "unmatched"),
                "status": call.status,
                "duration_ms": round((self._clock() - call.started) * 1_000, 2),
                "client_id": call.key.client_id if call.key else None,
            },
        )


def _headers(path: str, call: Call) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", call.request_id.encode()),
        (b"traceparent", call.trace.traceparent.encode()),
        *_guards(path),
        *call.rate,
    ]


def _guards(path: str) -> list[tuple[bytes, bytes]]:
    if path == "/" or path.startswith("/console/"):
        return _CONSOLE
    return _DOCS if path == "/docs" else [*_SECURITY, _NO_STORE, _NO_CONTENT]


def _trace(scope: Scope) -> TraceContext:
    states = [value.decode("latin-1") for name, value in scope["headers"] if name == b"tracestate"]
    return carried(header(scope, b"traceparent"), ",".join(states)) or new_trace()
