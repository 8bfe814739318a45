"""FastAPI's own errors as problems, so that every error of the service has one form."""

from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ingest_api.answers import problem_answer, refusal_problem
from ingest_api.call import call_of
from ingest_api.validation import query_refusal
from schemas.problems import problem

_CODES = {404: "not_found", 405: "method_not_allowed"}


async def on_http_error(request: Request, error: Exception) -> Response:
    """No such path, no such method; anything else the framework raises would be a bug of ours."""
    raised = cast(HTTPException, error)
    call = call_of(request.scope)
    call.code = _CODES.get(raised.status_code, "internal_error")
    body = problem(call.code, request_id=call.request_id)
    return problem_answer(body, dict(raised.headers or {}))


async def on_invalid_query(request: Request, error: Exception) -> Response:
    """A query parameter that is unknown or has a value it cannot have."""
    refusal = query_refusal(cast(RequestValidationError, error).errors())
    call = call_of(request.scope)
    call.code = refusal.code
    return problem_answer(refusal_problem(refusal, call.request_id))


def add_error_handlers(app: FastAPI) -> None:
    """Registers both; a Refusal and any other exception are answered by the middleware."""
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid_query)
