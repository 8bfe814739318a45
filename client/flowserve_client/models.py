"""A transaction as it is sent, and a prediction as it comes back. Unknown fields are passed over."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Decision = Literal["approve", "review", "decline"]


def _new_id() -> str:
    return f"tx-{uuid.uuid4()}"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """A card transaction. `amount` in minor units; `occurred_at` with a zone.

    Id and time are chosen once, here: keep the object to send it again. Raises ValueError without a zone.
    """

    customer_id: str
    terminal_id: str
    amount: int
    currency: str
    transaction_id: str = field(default_factory=_new_id)
    occurred_at: datetime = field(default_factory=_now)

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at needs a zone: datetime.now(UTC), say")

    def body(self) -> dict[str, Any]:
        """The request's JSON."""
        return {
            "transaction_id": self.transaction_id,
            "customer_id": self.customer_id,
            "terminal_id": self.terminal_id,
            "amount": self.amount,
            "currency": self.currency,
            "occurred_at": self.occurred_at.isoformat(),
        }


@dataclass(frozen=True)
class Reason:
    """Why a transaction is reviewed or declined; `contribution` in log-odds."""

    code: str
    feature: str
    value: float | None
    message: str
    contribution: float


@dataclass(frozen=True)
class Prediction:
    """A decision. `repeated`: it was given before, for the same transaction; `raw` is the whole JSON."""

    prediction_id: str
    request_id: str
    transaction_id: str
    customer_id: str
    terminal_id: str
    decision: Decision
    score: float
    reasons: tuple[Reason, ...]
    features: Mapping[str, float | None]
    model: str
    occurred_at: datetime
    received_at: datetime
    decided_at: datetime
    repeated: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def prediction_of(raw: Mapping[str, Any], repeated: bool = False) -> Prediction:
    """Reads a prediction. Raises KeyError or ValueError for what is none."""
    reasons = tuple(
        Reason(each["code"], each["feature"], each["value"], each["message"], each["contribution"])
        for each in raw["reasons"]
    )
    return Prediction(
        prediction_id=raw["prediction_id"],
        request_id=raw["request_id"],
        transaction_id=raw["transaction_id"],
        customer_id=raw["customer_id"],
        terminal_id=raw["terminal_id"],
        decision=raw["decision"],
        score=float(raw["score"]),
        reasons=reasons,
        features=raw["features"],
        model=raw["model"]["version"],
        occurred_at=datetime.fromisoformat(raw["occurred_at"]),
        received_at=datetime.fromisoformat(raw["received_at"]),
        decided_at=datetime.fromisoformat(raw["decided_at"]),
        repeated=repeated,
        raw=raw,
    )
