"""The one place that composes the application: parts, layers and routes."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from ingest_api.admission import Admission
from ingest_api.decisions import Decisions
from ingest_api.direct import Direct, DirectRoutes, either_way
from ingest_api.drift import DriftBook
from ingest_api.errors import add_error_handlers
from ingest_api.exports import ExportSlots
from ingest_api.gate import Gate
from ingest_api.limits import RateLimits
from ingest_api.middleware import ErrorAndLogMiddleware
from ingest_api.model_card import ModelCards
from ingest_api.openapi import DESCRIPTION, add_openapi
from ingest_api.parts import Parts, make_parts, running
from ingest_api.routes.batch import add_batch
from ingest_api.routes.console import add_console
from ingest_api.routes.dead_letters import add_dead_letters
from ingest_api.routes.feedback import add_feedback
from ingest_api.routes.live import add_live
from ingest_api.routes.logs import add_logs
from ingest_api.routes.operations import add_operations
from ingest_api.routes.predict import add_predict
from ingest_api.routes.replays import add_replays
from ingest_api.routes.stored import add_stored
from ingest_api.settings import ApiSettings
from schemas.version import VERSION

# It would look for a tracer on every call, and records exceptions with their messages.
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}


def build_app(settings: ApiSettings) -> FastAPI:
    """The application with its own parts."""
    return compose(make_parts(settings))


def compose(parts: Parts) -> FastAPI:
    """The application around given parts, which its lifespan starts and stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(parts):
            yield

    app = FastAPI(
        title="FlowServe",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from elsewhere; ours is at the same place
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        redirect_slashes=False,
    )
    app.state.parts = parts
    limits = RateLimits(parts.settings.rate_limit_per_second)
    direct = _add_routes(app, parts, limits)
    add_error_handlers(app)
    add_openapi(app)
    _add_layers(app, parts, limits, direct)
    return app


def _add_layers(app: FastAPI, parts: Parts, limits: RateLimits, direct: Sequence[Direct]) -> None:
    """Ours; and the short way past FastAPI's own for the routes that have one."""
    admission = Admission(
        parts.pending,
        parts.lag.lag,
        parts.health.kafka_ready,
        parts.loop_delay.seconds,
        parts.settings,
        parts.counters,
        time.monotonic,
    )
    app.add_middleware(Gate, admission=admission, keys=parts.keys, limits=limits, settings=parts.settings)
    app.add_middleware(ErrorAndLogMiddleware, counters=parts.counters)  # added last, so the outermost
    routes = DirectRoutes(direct)
    gate = Gate(routes, admission, parts.keys, limits, parts.settings)
    short = ErrorAndLogMiddleware(gate, counters=parts.counters)
    app.middleware_stack = either_way(routes, short, app.build_middleware_stack())


def _add_routes(app: FastAPI, parts: Parts, limits: RateLimits) -> tuple[Direct, ...]:
    """All of them; those that are returned have a short way."""
    settings = parts.settings
    decisions = Decisions(
        parts.publisher,
        parts.pending,
        parts.replies.place.partition,
        settings.publish_timeout_seconds,
        parts.counters,
        time.time,
    )
    direct = (
        add_predict(app, decisions, settings, time.time),
        add_batch(app, decisions, limits, settings, time.time),
    )
    add_feedback(app, parts.publisher, settings.publish_timeout_seconds, time.time)
    drift = DriftBook(settings.models_dir, time.monotonic)
    add_stored(app, parts.store, parts.followers, ModelCards(settings.models_dir), drift, settings)
    add_logs(app, parts.store, ExportSlots(settings.max_exports), parts.lag.lag)
    add_replays(app, parts.store)
    add_dead_letters(app, parts.store)
    add_live(app, parts.feeds, parts.eye, parts.store, parts.keys)
    add_console(app)
    add_operations(app, parts.health, parts.counters)
    return direct
