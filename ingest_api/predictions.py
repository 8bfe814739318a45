"""What the predict routes answer: a reply, a place where the answer will be, or a problem."""

import msgspec
from starlette.responses import Response

from ingest_api.answers import json_answer, json_bytes, problem_headers
from ingest_api.pending_replies import Reply
from ingest_api.prefer_header import Preference
from schemas.problems import CONTENT_TYPE, Problem

_problem = msgspec.json.Decoder(Problem)


class Accepted(msgspec.Struct, frozen=True):
    """The body of a 202."""

    request_id: str
    status: str = "pending"


class BatchItem(msgspec.Struct, frozen=True):
    """One result of a batch: by `status` it holds a prediction, a place to look, or a problem."""

    status: int
    prediction: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    request_id: str | msgspec.UnsetType = msgspec.UNSET
    location: str | msgspec.UnsetType = msgspec.UNSET
    problem: msgspec.Raw | Problem | msgspec.UnsetType = msgspec.UNSET


class BatchResults(msgspec.Struct, frozen=True):
    """In the order of the transactions."""

    results: list[BatchItem]


def location(request_id: str) -> str:
    """Where the outcome of a request is found."""
    return f"/api/v1/requests/{request_id}"


def single_answer(request_id: str, reply: Reply | None, preference: Preference) -> Response:
    """The answer to one prediction; a reply's bytes are passed on as they are."""
    headers = {"Preference-Applied": preference.applied} if preference.applied else {}
    if reply is None:
        headers |= {"Location": location(request_id), "Retry-After": "1"}
        return json_answer(Accepted(request_id), 202, headers)
    if reply.status == "rejected":
        problem = _problem.decode(reply.value)
        headers |= problem_headers(problem.code, problem.retryable)
        return Response(reply.value, problem.status, headers, media_type=CONTENT_TYPE)
    if reply.status == "duplicate":
        headers["Idempotent-Replayed"] = "true"
    return json_bytes(reply.value, 200, headers)


def batch_item(request_id: str, reply: Reply | None) -> BatchItem:
    """The same for one item of a batch."""
    if reply is None:
        return BatchItem(202, request_id=request_id, location=location(request_id))
    if reply.status == "rejected":
        return BatchItem(_problem.decode(reply.value).status, problem=msgspec.Raw(reply.value))
    return BatchItem(200, prediction=msgspec.Raw(reply.value))
