"""What both clients do with each answer: retries that repeat the same bytes, 202 followed, problems raised.

The service is a script of answers; those on real parts are tests/e2e/calls/test_client.py of the repository.
"""

import inspect
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from flowserve_client import (
    AsyncClient,
    Client,
    Conflict,
    NotFound,
    Pending,
    Prediction,
    Problem,
    RateLimited,
    Retry,
    Transaction,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from flowserve_client.version import VERSION

PURCHASE = Transaction(customer_id="c-42", terminal_id="t-7", amount=1250, currency="EUR")
FAST = Retry(attempts=4, first=0.001, most=0.002)
SCORED: dict[str, Any] = {
    "status": "scored",
    "prediction_id": "p-1",
    "request_id": "r-1",
    "transaction_id": PURCHASE.transaction_id,
    "customer_id": "c-42",
    "terminal_id": "t-7",
    "decision": "review",
    "score": 0.61,
    "reasons": [
        {"code": "amount_high", "feature": "amount", "value": 12.5, "message": "A.", "contribution": 1.5}
    ],
    "features": {"amount": 12.5, "night": None},
    "model": {"name": "m", "version": "1.0.0"},
    "source": "rest",
    "occurred_at": "2026-11-23T12:00:00Z",
    "received_at": "2026-11-23T12:00:00.412000Z",
    "decided_at": "2026-11-23T12:00:00.417000Z",
    "late": False,
    "something_new": 1,
}

Reply = httpx.Response | Exception


def problem(code: str, status: int, retryable: bool = False, **headers: str) -> httpx.Response:
    body = {"code": code, "status": status, "title": code, "retryable": retryable}
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


class Service:
    """Gives its answers in turn, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


@pytest.fixture(params=[Client, AsyncClient])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls a method of a client of either kind."""

    async def asking(service: Service, method: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        transport = httpx.MockTransport(service.handle)
        client = request.param("http://api", key="fs_k", retry=FAST, transport=transport)
        answer = getattr(client, method)(*arguments, **options)
        answer = await answer if inspect.isawaitable(answer) else answer
        closed = client.close()
        if inspect.isawaitable(closed):
            await closed
        return answer

    return asking


async def test_a_decision_comes_back_typed(ask: Callable[..., Any]) -> None:
    service = Service(httpx.Response(200, json=SCORED, headers={"Idempotent-Replayed": "true"}))
    found: Prediction = await ask(service, "predict", PURCHASE)
    assert (found.decision, found.score, found.model, found.repeated) == ("review", 0.61, "1.0.0", True)
    assert (found.reasons[0].message, found.features["night"]) == ("A.", None)
    assert found.received_at == datetime.fromisoformat("2026-11-23T12:00:00.412+00:00")
    assert service.asked[0].headers["authorization"] == "Bearer fs_k"
    assert service.asked[0].headers["user-agent"] == f"flowserve-client/{VERSION}"


async def test_a_retry_repeats_the_same_bytes_until_there_is_an_answer(ask: Callable[..., Any]) -> None:
    busy = problem("overloaded", 503, retryable=True, Retry_After="0")
    service = Service(busy, httpx.ConnectError("refused"), busy, httpx.Response(200, json=SCORED))
    assert (await ask(service, "predict", PURCHASE)).prediction_id == "p-1"
    assert len({request.content for request in service.asked}) == 1
    assert len(service.asked) == 4


@pytest.mark.parametrize(
    ("answer", "kind", "asked"),
    [
        (problem("overloaded", 503, retryable=True, Retry_After="0"), Unavailable, 4),
        (problem("quota_exceeded", 429, retryable=True, Retry_After="0"), RateLimited, 4),
        (httpx.Response(502, text="<html>a proxy's page</html>"), Unavailable, 4),
        (httpx.ConnectError("refused"), Unreachable, 4),
        (problem("overloaded", 503, retryable=True, Retry_After="60"), Unavailable, 1),
        (problem("idempotency_conflict", 422), Conflict, 1),
        (problem("unauthenticated", 401), Unauthorized, 1),
        (problem("forbidden", 403), Unauthorized, 1),
        (problem("invalid_field", 422), Problem, 1),
    ],
)
async def test_what_does_not_end_well_is_raised_after_so_many_tries(
    ask: Callable[..., Any], answer: Reply, kind: type[Exception], asked: int
) -> None:
    service = Service(answer)
    with pytest.raises(kind):
        await ask(service, "predict", PURCHASE, timeout=20)
    assert len(service.asked) == asked


async def test_a_problem_says_what_is_wrong_with_which_field(ask: Callable[..., Any]) -> None:
    body = {
        "code": "invalid_field",
        "title": "No",
        "errors": [{"pointer": "/amount", "detail": "Too small."}],
    }
    with pytest.raises(Problem, match=r"invalid_field: No\..*/amount: Too small") as raised:
        await ask(Service(httpx.Response(422, json=body)), "predict", PURCHASE)
    assert raised.value.pointers == {"/amount": "Too small."}


async def test_a_202_is_followed_through_not_yet_and_pending_to_its_outcome(ask: Callable[..., Any]) -> None:
    service = Service(
        httpx.Response(202, json={"request_id": "r-1", "status": "pending"}),
        problem("not_stored_yet", 404, retryable=True, Retry_After="0"),
        httpx.Response(200, json={"request_id": "r-1", "status": "scored", "prediction": SCORED}),
    )
    assert (await ask(service, "predict", PURCHASE)).decision == "review"
    assert [request.url.path for request in service.asked[1:]] == ["/api/v1/requests/r-1"] * 2
    assert int(service.asked[1].headers["prefer"].removeprefix("wait=")) in range(25, 31)


async def test_what_is_not_decided_in_time_is_pending_with_its_id(ask: Callable[..., Any]) -> None:
    pending = {"request_id": "r-1", "status": "pending", "prediction": None, "problem": None}
    service = Service(httpx.Response(202, json={"request_id": "r-1"}), httpx.Response(200, json=pending))
    with pytest.raises(Pending) as raised:
        await ask(service, "predict", PURCHASE, timeout=0.1)
    assert raised.value.request_id == "r-1"


async def test_with_much_time_an_attempt_has_five_seconds_more_than_the_service_may_wait(
    ask: Callable[..., Any],
) -> None:
    service = Service(httpx.Response(200, json=SCORED))
    await ask(service, "predict", PURCHASE, timeout=60)
    found = service.asked[0].extensions["timeout"]
    assert (found["connect"], found["read"]) == (5, 10)


async def test_with_little_time_an_attempt_has_two_seconds_more_than_is_left(ask: Callable[..., Any]) -> None:
    service = Service(httpx.Response(200, json=SCORED))
    await ask(service, "predict", PURCHASE, timeout=1)
    found = service.asked[0].extensions["timeout"]
    assert all(2 <= seconds <= 3 for seconds in found.values())


async def test_an_outcome_that_was_rejected_or_never_was_is_raised(ask: Callable[..., Any]) -> None:
    refused = {"code": "unsupported_currency", "status": 422, "title": "No rate", "retryable": False}
    state = {"request_id": "r-1", "status": "rejected", "prediction": None, "problem": refused}
    with pytest.raises(Problem, match="unsupported_currency"):
        await ask(Service(httpx.Response(200, json=state)), "outcome", "r-1")
    with pytest.raises(NotFound):
        await ask(Service(problem("not_found", 404)), "outcome", "r-1")


async def test_many_go_in_hundreds_and_only_what_can_still_succeed_is_asked_again(
    ask: Callable[..., Any],
) -> None:
    good = {"status": 200, "prediction": SCORED}
    later = {"status": 503, "problem": {"code": "publish_unknown", "retryable": True}}
    never = {"status": 422, "problem": {"code": "card_number", "retryable": False}}
    service = Service(
        httpx.Response(200, json={"results": [never, later, *[good] * 98]}),
        httpx.Response(200, json={"results": [good]}),
        httpx.Response(200, json={"results": [{"status": 202, "request_id": "r-1"}]}),
        httpx.Response(200, json={"request_id": "r-1", "status": "duplicate", "prediction": SCORED}),
    )
    found = await ask(service, "predict_many", [PURCHASE] * 101)
    assert isinstance(found[0], Problem)
    assert [type(each) for each in found[1:]] == [Prediction] * 100
    assert found[100].repeated
    sizes = [len(json.loads(request.content)["transactions"]) for request in service.asked[:3]]
    assert sizes == [100, 1, 1]


async def test_reports_and_readings(ask: Callable[..., Any]) -> None:
    service = Service(httpx.Response(202, json={"request_id": "r", "status": "accepted"}))
    await ask(service, "report", PURCHASE, is_fraud=True)
    sent = json.loads(service.asked[0].content)
    assert sent == {"transaction_id": PURCHASE.transaction_id, "customer_id": "c-42", "is_fraud": True}
    service = Service(httpx.Response(200, json={"data": []}))
    assert await ask(service, "read", "/api/v1/logs", limit=10) == {"data": []}
    assert str(service.asked[0].url) == "http://api/api/v1/logs?limit=10"


def test_a_time_without_zone_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        Transaction(
            customer_id="c",
            terminal_id="t",
            amount=1,
            currency="EUR",
            occurred_at=datetime(2026, 1, 1),
        )
