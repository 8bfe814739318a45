"""The short way to a decision: gate, answer, and back, past FastAPI's own layers, router and handlers.

Those took half of the API's CPU for a prediction. FastAPI has the same routes with the same functions, and
documents them; whatever is not on the short way goes through it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class Direct(NamedTuple):
    """A POST route and what answers it; raises Refusal."""

    path: str
    answer: Callable[[Scope], Awaitable[Response]]


class DirectRoutes:
    """The innermost part of the short way."""

    def __init__(self, routes: Sequence[Direct]) -> None:
        self._routes = {route.path: route for route in routes}

    def has(self, scope: Scope) -> bool:
        """Whether a call is for one of these routes."""
        return scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self._routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raw ASGI."""
        route = self._routes[scope["path"]]
        scope["route"] = route  # where FastAPI leaves its own, for the access log
        response = await route.answer(scope)
        await response(scope, receive, send)


def either_way(routes: DirectRoutes, short: ASGIApp, long: ASGIApp) -> ASGIApp:
    """`short` is the gate around the routes, `long` all of FastAPI with the same gate in it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (short if routes.has(scope) else long)(scope, receive, send)

    return app
