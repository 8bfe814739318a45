"""What a call does, step by step, without doing any I/O: both clients carry out the same steps.

A generator yields a `Call` to be sent (and is sent its `Answer`, or `Unreachable` is raised in it), or a
number of seconds to pause.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from flowserve_client.errors import FlowServeError, Pending, Problem, Unreachable, problem_of
from flowserve_client.models import Prediction, Transaction, prediction_of
from flowserve_client.retry import Limits

PREDICT, BATCH, FEEDBACK = "/api/v1/predict", "/api/v1/predict/batch", "/api/v1/feedback"
MAX_BATCH = 100
# In seconds. The service would hold a request for longer, but following it afterwards costs less.
_MAX_ASK, _MAX_FOLLOW = 5, 30
_UNDECIDED_PAUSE = 0.5
# In seconds. The items of a batch carry no Retry-After; it is what the service asks for most often.
_REFUSED_PAUSE = 1.0


@dataclass(frozen=True)
class Call:
    """One HTTP call. `wait`: how many seconds the service is asked to hold it, None where it is not asked.

    `left`: seconds until the caller's time is up.
    """

    method: str
    path: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: int | None = None
    left: float = math.inf


@dataclass(frozen=True)
class Answer:
    """Status, JSON body (None where it is none), and headers by lower-case name."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def retry_after(self) -> float | None:
        """Seconds, where the header is there in that form."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() else None


T = TypeVar("T")
Steps = Generator[Call | float, Answer | None, T]


def answered(call: Call, limits: Limits) -> Steps[Answer]:
    """The first answer that is no retryable problem. Raises Problem, or Unreachable after the last try."""
    while True:
        error: FlowServeError
        try:
            answer = yield _in_time(call, limits)
            assert answer is not None  # noqa: S101
            if answer.status < 400:
                return answer
            error = problem_of(answer.status, answer.body, answer.retry_after)
        except Unreachable as failure:
            error = failure
        if isinstance(error, Problem) and not error.retryable:
            raise error
        pause = limits.pause(error.retry_after)
        if pause is None:
            raise error
        yield pause


def predict(transaction: Transaction, limits: Limits) -> Steps[Prediction]:
    """Asks, and follows a 202 to its outcome. Raises Problem, Pending or Unreachable."""
    call = Call("POST", PREDICT, transaction.body(), wait=_MAX_ASK)
    answer = yield from answered(call, limits)
    if answer.status == 202:
        return (yield from outcome(answer.body["request_id"], limits))
    return prediction_of(answer.body, answer.headers.get("idempotent-replayed") == "true")


def submit(transaction: Transaction, limits: Limits) -> Steps[str]:
    """Hands in without waiting; the request id."""
    call = Call("POST", PREDICT, transaction.body(), {"Prefer": "respond-async"})
    request_id: str = (yield from answered(call, limits)).body["request_id"]
    return request_id


def outcome(request_id: str, limits: Limits) -> Steps[Prediction]:
    """Waits for an outcome until the deadline. Raises Problem where it was rejected, or Pending."""
    call = Call("GET", f"/api/v1/requests/{request_id}", wait=_MAX_FOLLOW)
    while True:
        pause = _UNDECIDED_PAUSE
        try:
            answer = yield _in_time(call, limits)
            assert answer is not None  # noqa: S101
            if answer.status >= 400:
                problem = problem_of(answer.status, answer.body, answer.retry_after)
                if not problem.retryable:
                    raise problem
                pause = problem.retry_after or pause
            elif answer.body["status"] == "rejected":
                raise problem_of(int(answer.body["problem"]["status"]), answer.body["problem"])
            elif answer.body["prediction"] is not None:
                return prediction_of(answer.body["prediction"], answer.body["status"] == "duplicate")
        except Unreachable as failure:
            pause = failure.retry_after or pause
        pause *= 1 + 0.5 * limits.chance()
        if pause >= limits.left():
            raise Pending(request_id)
        yield pause


def predict_many(
    transactions: Sequence[Transaction], limits: Limits
) -> Steps[list[Prediction | Problem | Pending]]:
    """An answer for each, in order: the prediction, the problem it was refused with, or that it is pending.

    Raises Problem or Unreachable where a whole call fails for good.
    """
    found: dict[int, Prediction | Problem | Pending] = {}
    for start in range(0, len(transactions), MAX_BATCH):
        places = list(range(start, min(start + MAX_BATCH, len(transactions))))
        while places:
            refused = yield from _batch(transactions, places, found, limits)
            # What is refused for now is asked again; what is left when the time is up keeps its problem.
            pause = limits.pause(_REFUSED_PAUSE) if refused else None
            if pause is None:
                break
            yield pause
            places = refused
    return [found[place] for place in range(len(transactions))]


def _batch(
    transactions: Sequence[Transaction],
    places: Sequence[int],
    found: dict[int, Prediction | Problem | Pending],
    limits: Limits,
) -> Steps[list[int]]:
    """Fills `found`; the places that a retry can help."""
    body = {"transactions": [transactions[place].body() for place in places]}
    answer = yield from answered(Call("POST", BATCH, body, wait=_MAX_ASK), limits)
    refused: list[int] = []
    for place, item in zip(places, answer.body["results"], strict=True):
        if item["status"] == 200:
            found[place] = prediction_of(item["prediction"])
        elif item["status"] == 202:
            try:
                found[place] = yield from outcome(item["request_id"], limits)
            except (Problem, Pending) as ended:
                found[place] = ended
        else:
            found[place] = problem = problem_of(item["status"], item["problem"])
            if problem.retryable:
                refused.append(place)
    return refused


def report(transaction_id: str, customer_id: str, is_fraud: bool, limits: Limits) -> Steps[None]:
    """Reports that a transaction was, or was not, fraud; the latest report counts."""
    body = {"transaction_id": transaction_id, "customer_id": customer_id, "is_fraud": is_fraud}
    yield from answered(Call("POST", FEEDBACK, body), limits)


def read(path: str, limits: Limits) -> Steps[Any]:
    """The JSON at a path."""
    return (yield from answered(Call("GET", path), limits)).body


def _in_time(call: Call, limits: Limits) -> Call:
    """The call as this try makes it: nobody waits much longer than there is time."""
    left = limits.left()
    if call.wait is None:
        return replace(call, left=left)
    wait = int(min(call.wait, left))
    return replace(call, headers={"Prefer": f"wait={wait}"}, wait=wait, left=left)
