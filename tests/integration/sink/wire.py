"""Records as the doors and the scorer write them, built from the contract alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import identifiers
from schemas.feedback import Feedback, canonical_feedback
from schemas.outcomes import Duplicate, Fold, ModelName, Outcome, Prediction, Rejected, encoder
from schemas.problems import problem
from schemas.transaction import Transaction, canonical

NOW = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)

Wire = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


@dataclass(frozen=True)
class Consumed:
    """What a consumer hands over; `timestamp` in ms since 1970 UTC."""

    partition: int
    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes]]
    key: bytes | None = None
    timestamp: int = int(NOW.timestamp() * 1000)


def transaction(number: int, **changes: Any) -> Transaction:  # noqa: ANN401
    """The n-th transaction."""
    fields: dict[str, Any] = {
        "transaction_id": f"tx-{number}",
        "customer_id": f"c-{number % 97}",
        "terminal_id": f"t-{number % 31}",
        "amount": 100 + number,
        "currency": "EUR",
        "occurred_at": NOW - timedelta(minutes=1, milliseconds=number),
    }
    return Transaction(**(fields | changes))


def request(number: int, client: str = "acme", source: str = "rest") -> Wire:
    """The n-th request, as the REST door writes it."""
    body = transaction(number)
    headers = [
        ("client_id", client.encode()),
        ("request_id", request_id(number).encode()),
        ("source", source.encode()),
    ]
    return body.customer_id.encode(), canonical(body), headers


def request_id(number: int) -> str:
    """The id of the n-th request."""
    return identifiers.new_request_id(1_795_000_000_000 + number, lambda size: number.to_bytes(size))


def prediction_of(number: int, score: float = 0.25, **changes: Any) -> Prediction:  # noqa: ANN401
    """The n-th transaction, scored."""
    body = transaction(number)
    fields: dict[str, Any] = {
        "prediction_id": identifiers.text(
            identifiers.prediction_id("acme", body.customer_id, body.transaction_id)
        ),
        "request_id": request_id(number),
        "transaction_id": body.transaction_id,
        "customer_id": body.customer_id,
        "terminal_id": body.terminal_id,
        "decision": "approve",
        "score": score,
        "reasons": (),
        "features": {"amount": body.amount / 100, "tail": None, "count_1d": float(number % 9)},
        "model": ModelName("fraud", "1"),
        "source": "rest",
        "occurred_at": body.occurred_at,
        "received_at": NOW,
        "decided_at": NOW + timedelta(milliseconds=number % 50),
        "late": False,
    }
    return Prediction(**(fields | changes))


def duplicate_of(number: int) -> Duplicate:
    """A repeat of the n-th transaction."""
    first = prediction_of(number)
    ids = (first.prediction_id, first.request_id, first.transaction_id, first.customer_id, first.terminal_id)
    return Duplicate(*ids, "kafka", NOW, NOW)


def rejected(number: int) -> Rejected:
    """A refusal of a request that could not be read."""
    return Rejected(request_id(number), problem("malformed", "The body is not JSON."), "kafka", NOW, NOW)


def report(number: int, is_fraud: bool = True, client: str = "acme") -> Wire:
    """A report about the n-th transaction, as the REST door writes it."""
    body = transaction(number)
    value = canonical_feedback(Feedback(body.transaction_id, body.customer_id, is_fraud))
    headers = [
        ("client_id", client.encode()),
        ("request_id", request_id(number).encode()),
        ("source", b"rest"),
    ]
    return body.customer_id.encode(), value, headers


def outcome(made: Outcome, source_offset: int, *, run: str = "", client: str = "acme") -> Wire:
    """A record of `predictions` for the request at this offset."""
    status = type(made).__struct_config__.tag
    headers = [
        ("status", str(status).encode()),
        ("fold", encoder.encode(Fold(1, source_offset, 0, run=run))),
        ("client_id", client.encode()),
    ]
    return None, encoder.encode(made), headers


def consumed(wire: Wire, partition: int, offset: int, **changes: Any) -> Consumed:  # noqa: ANN401
    """The record as it comes back from that place of the log."""
    key, value, headers = wire
    return Consumed(partition, offset, value, headers, key, **changes)
