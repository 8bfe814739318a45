"""POST /api/v1/feedback: a transaction was, or was not, fraud."""

import asyncio
from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from ingest_api.answers import json_answer
from ingest_api.call import call_of
from ingest_api.docs import FEEDBACK_DOCS
from ingest_api.gate import FEEDBACK
from ingest_api.predictions import Accepted
from ingest_api.publisher import ProducerRecord, Publisher
from ingest_api.validation import read_feedback
from schemas import headers, topics
from schemas.feedback import canonical_feedback
from schemas.identifiers import new_request_id


def add_feedback(
    app: FastAPI, publisher: Publisher, publish_timeout: float, now: Callable[[], float]
) -> None:
    """`now` is seconds since 1970 UTC."""

    @app.post(FEEDBACK, status_code=202, **FEEDBACK_DOCS)
    async def feedback(request: Request) -> Response:
        """Accepts a report once Kafka has confirmed it; it may come before its transaction."""
        call = call_of(request.scope)
        report = read_feedback(call.body)
        request_id = new_request_id(int(now() * 1_000))
        sent_headers = [
            (headers.CLIENT_ID, call.client_id.encode()),
            (headers.REQUEST_ID, request_id.encode()),
            (headers.SOURCE, b"rest"),
            *call.trace.wire(),
        ]
        key = report.customer_id.encode()
        confirm_by = asyncio.get_running_loop().time() + publish_timeout
        record = ProducerRecord(topics.FEEDBACK, key, canonical_feedback(report), sent_headers)
        await publisher.confirm(await publisher.send(record, confirm_by), confirm_by)
        return json_answer(Accepted(request_id, "accepted"), 202)
