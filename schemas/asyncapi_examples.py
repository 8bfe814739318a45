"""One evening of one customer, as the records of it: the examples of the AsyncAPI document."""

from datetime import UTC, datetime

import msgspec

from schemas import headers, identifiers, topics
from schemas.erasure import ERASURE as ERASURE_RUN
from schemas.erasure import Erasure, encode_erasure
from schemas.feedback import Feedback
from schemas.outcomes import FOLD_VERSION, Duplicate, Fold, ModelName, Prediction, Reason, Rejected, Status
from schemas.problems import problem
from schemas.transaction import Transaction

_REQUEST_ID = "019ab0c4-5a80-7c1e-9d52-6f1b2c3d4e5f"
_REPEATED_REQUEST_ID = "019ab0c4-7f30-7b21-8a11-0d9e8c7b6a54"
_CORRELATION_ID = "checkout-3f9a-17"

_OCCURRED = datetime(2026, 11, 23, 22, 14, 3, tzinfo=UTC)
_RECEIVED = datetime(2026, 11, 23, 22, 14, 3, 412_000, tzinfo=UTC)
_DECIDED = datetime(2026, 11, 23, 22, 14, 3, 417_000, tzinfo=UTC)
_PREDICTION_ID = identifiers.text(identifiers.prediction_id(headers.DEFAULT_CLIENT, "c-42", "tx-1"))

TRANSACTION = Transaction("tx-1", "c-42", "t-7", 31_250, "EUR", _OCCURRED)
FEEDBACK = Feedback("tx-1", "c-42", is_fraud=True)
ERASURE = Erasure("c-42")
PREDICTION = Prediction(
    prediction_id=_PREDICTION_ID,
    request_id=_REQUEST_ID,
    transaction_id="tx-1",
    customer_id="c-42",
    terminal_id="t-7",
    decision="review",
    score=0.4127,
    reasons=(
        Reason(
            code="amount_above_usual",
            feature="customer_ratio",
            value=7.9,
            message="The amount is 7.9 times what this customer usually pays.",
            contribution=3.2,
        ),
    ),
    features={"amount": 312.5, "amount_tail": 312.5, "customer_ratio": 7.9, "terminal_last_label": None},
    model=ModelName("flowserve-fraud", "2026.11.4"),
    source="kafka",
    occurred_at=_OCCURRED,
    received_at=_RECEIVED,
    decided_at=_DECIDED,
    late=False,
)
WARMED = msgspec.structs.replace(PREDICTION, source="replay")
DUPLICATE = Duplicate(
    prediction_id=_PREDICTION_ID,
    request_id=_REPEATED_REQUEST_ID,
    transaction_id="tx-1",
    customer_id="c-42",
    terminal_id="t-7",
    source="kafka",
    received_at=_RECEIVED,
    decided_at=_DECIDED,
)
PROBLEM = problem(
    "wrong_partition",
    "Use Kafka's default partitioner (murmur2); with librdkafka set partitioner=murmur2_random.",
    request_id=_REQUEST_ID,
)
REJECTED = Rejected(_REQUEST_ID, PROBLEM, "kafka", _RECEIVED, _DECIDED)

ASKING = {
    headers.CLIENT_ID: headers.DEFAULT_CLIENT,
    headers.REQUEST_ID: _REQUEST_ID,
    headers.CORRELATION_ID: _CORRELATION_ID,
}
FORGET = {name: text.decode() for name, text in encode_erasure("c-42", headers.DEFAULT_CLIENT)[2]}
WHY = {
    headers.DLQ_TOPIC: topics.REQUESTS,
    headers.DLQ_PARTITION: "3",
    headers.DLQ_OFFSET: "1207",
    headers.DLQ_TIMESTAMP: "1795472043412",
    headers.DLQ_STAGE: "validate",
    headers.DLQ_ERROR_CODE: PROBLEM.code,
    headers.DLQ_ERROR_MESSAGE: PROBLEM.detail,
    headers.DLQ_ATTEMPTS: "1",
    headers.DLQ_FAILED_AT: "1795472043417",
    headers.DLQ_CLIENT: headers.DEFAULT_CLIENT,
}
REDRIVEN = {headers.DLQ_REDRIVEN: "17", headers.DLQ_REDRIVEN_TO: "5/2210"}


def answered(status: Status) -> dict[str, str]:
    """The headers of an outcome."""
    fold = Fold(FOLD_VERSION, 1207, 1_795_472_043, 1_795_472_043_412)
    return {
        headers.STATUS: status,
        headers.FOLD: msgspec.json.encode(fold).decode(),
        headers.CLIENT_ID: headers.DEFAULT_CLIENT,
        headers.CORRELATION_ID: _CORRELATION_ID,
    }


def forgotten() -> dict[str, str]:
    """The headers of the record by which a scorer forgets."""
    return _ours("erased", ERASURE_RUN)


def warmed() -> dict[str, str]:
    """The headers of a record of a warm-up."""
    return _ours("scored", "bank-2026")


def _ours(status: str, run: str) -> dict[str, str]:
    fold = Fold(FOLD_VERSION, 1 << 47 | 1208, 1_795_472_043, 1_795_472_043_412, run, "default", "c-42")
    return {
        headers.STATUS: status,
        headers.FOLD: msgspec.json.encode(fold).decode(),
        headers.CLIENT_ID: headers.DEFAULT_CLIENT,
    }


def replied(status: Status) -> dict[str, str]:
    """The headers of a reply."""
    return {headers.CORRELATION_ID: _CORRELATION_ID, headers.STATUS: status}


def plain(event: msgspec.Struct | None) -> object:
    """The event as the JSON that stands on the topic."""
    return msgspec.json.decode(msgspec.json.encode(event))
