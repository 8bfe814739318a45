"""The door of /api/: admission, API key, scope, rate, and a bounded body; then the routes."""

from starlette.types import ASGIApp, Receive, Scope, Send

from ingest_api.admission import Admission
from ingest_api.body import check_body_headers, read_body
from ingest_api.call import call_of, header
from ingest_api.keys import KeyRing
from ingest_api.limits import RateLimits
from ingest_api.settings import ApiSettings
from schemas.problems import Refusal

PREDICT = "/api/v1/predict"
BATCH = "/api/v1/predict/batch"
FEEDBACK = "/api/v1/feedback"
DEAD_LETTERS = "/api/v1/dlq"
_GUARDED = "/api/"
_READS = frozenset({"GET", "HEAD"})
_WRITES = {PREDICT: "predict", BATCH: "predict", FEEDBACK: "feedback"}


class Gate:
    """Raw ASGI. Refuses by raising Refusal, which the middleware around it answers."""

    def __init__(
        self, app: ASGIApp, admission: Admission, keys: KeyRing, limits: RateLimits, settings: ApiSettings
    ) -> None:
        self.app = app
        self._admission = admission
        self._keys = keys
        self._limits = limits
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets pass what has a key and its scope; the cheapest checks come first."""
        if scope["type"] == "http" and scope["path"].startswith(_GUARDED):
            await self._check(scope, receive)
        await self.app(scope, receive, send)

    async def _check(self, scope: Scope, receive: Receive) -> None:
        method, path, call = scope["method"], scope["path"], call_of(scope)
        if method == "POST" and path in (PREDICT, BATCH):
            try:
                self._admission.check()
            except Refusal:
                call.shed = True
                raise
        key = call.key = await self._keys.identify(header(scope, b"authorization"))
        try:
            needed = needed_scope(method, path)
            if needed is not None and needed not in key.scopes:
                raise Refusal("forbidden", f"This needs a key with the scope {needed}.")
            await self._limits.spend(key.key_id, 1)
        finally:
            call.rate = self._limits.left(key.key_id)
        if method == "POST":
            limit = self._settings.max_batch_bytes if path == BATCH else self._settings.max_body_bytes
            check_body_headers(scope, limit)
            call.body = await read_body(receive, limit, self._settings.body_seconds)


def needed_scope(method: str, path: str) -> str | None:
    """The scope for a path; None where the router will say that there is no such path or method."""
    if method in _READS:
        return "dlq" if path == DEAD_LETTERS else "read"
    return _WRITES.get(path) if method == "POST" else None
