"""POST /api/v1/predict: one transaction, one answer."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Scope

from ingest_api.call import call_of, header
from ingest_api.decisions import Decisions, Question
from ingest_api.direct import Direct
from ingest_api.docs import PREDICT_DOCS
from ingest_api.gate import PREDICT
from ingest_api.predictions import single_answer
from ingest_api.prefer_header import parse_prefer
from ingest_api.settings import ApiSettings
from ingest_api.validation import read_transaction
from schemas.identifiers import new_request_id


def add_predict(
    app: FastAPI, decisions: Decisions, settings: ApiSettings, now: Callable[[], float]
) -> Direct:
    """`now` is seconds since 1970 UTC."""

    async def answer(scope: Scope) -> Response:
        call, arrived = call_of(scope), now()
        transaction = read_transaction(call.body, arrived)
        preference = parse_prefer(header(scope, b"prefer"), settings.wait_seconds, settings.max_wait_seconds)
        question = Question(
            transaction,
            call.client_id,
            new_request_id(int(arrived * 1_000)),
            preference.wait,
            call.trace,
        )
        ticket = await decisions.submit(question, decisions.confirm_by())
        return single_answer(ticket.request_id, await decisions.outcome(ticket), preference)

    @app.post(PREDICT, **PREDICT_DOCS)
    async def predict(request: Request) -> Response:
        """Asks for a decision and waits for it; `Prefer: respond-async` or `wait=n` change how long."""
        return await answer(request.scope)

    return Direct(PREDICT, answer)
