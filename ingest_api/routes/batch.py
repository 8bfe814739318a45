"""POST /api/v1/predict/batch: up to 100 transactions, each with its own outcome."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Scope

from ingest_api.answers import json_answer, refusal_problem
from ingest_api.call import Call, call_of, header
from ingest_api.decisions import Decisions, Question, Ticket
from ingest_api.direct import Direct
from ingest_api.docs import BATCH_DOCS
from ingest_api.gate import BATCH
from ingest_api.limits import RateLimits
from ingest_api.predictions import BatchItem, BatchResults, batch_item
from ingest_api.prefer_header import parse_prefer
from ingest_api.settings import ApiSettings
from ingest_api.validation import read_batch, read_transaction
from schemas.identifiers import new_request_id
from schemas.problems import Refusal


def add_batch(
    app: FastAPI, decisions: Decisions, limits: RateLimits, settings: ApiSettings, now: Callable[[], float]
) -> Direct:
    """`now` is seconds since 1970 UTC."""

    async def answer(scope: Scope) -> Response:
        call = call_of(scope)
        items = read_batch(call.body)
        await _pay(call, limits, len(items))
        preference = parse_prefer(header(scope, b"prefer"), settings.wait_seconds, settings.max_wait_seconds)
        confirm_by = decisions.confirm_by()

        async def submit(place: int, item: bytes) -> Ticket | Refusal:
            arrived = now()
            try:
                transaction = read_transaction(item, arrived, f"/transactions/{place}")
                request_id = new_request_id(int(arrived * 1_000))
                question = Question(transaction, call.client_id, request_id, preference.wait, call.trace)
                return await decisions.submit(question, confirm_by)
            except Refusal as refusal:
                return refusal

        # All are handed over in order before the first is waited for; each has its own deadline, so
        # waiting for them one after another takes no longer than the longest.
        asked = [await submit(place, item) for place, item in enumerate(items)]
        results = [await _result(decisions, each, call.request_id) for each in asked]
        applied = {"Preference-Applied": preference.applied} if preference.applied else None
        return json_answer(BatchResults(results), headers=applied)

    @app.post(BATCH, **BATCH_DOCS)
    async def predict_batch(request: Request) -> Response:
        """Asks for up to 100 decisions at once; results come in the order of the transactions."""
        return await answer(request.scope)

    return Direct(BATCH, answer)


async def _pay(call: Call, limits: RateLimits, size: int) -> None:
    # The gate has taken one already.
    if size > 1:
        key_id = call.known_key.key_id
        await limits.spend(key_id, size - 1)
        call.rate = limits.left(key_id)


async def _result(decisions: Decisions, asked: Ticket | Refusal, call_id: str) -> BatchItem:
    try:
        if isinstance(asked, Refusal):
            raise asked
        return batch_item(asked.request_id, await decisions.outcome(asked))
    except Refusal as refusal:
        problem = refusal_problem(refusal, call_id)
        return BatchItem(problem.status, problem=problem)
