"""Outcomes as every door answers them; live and replay make them here, so that they cannot differ."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from flowserve_ml.features.vector import named_features
from flowserve_ml.reasons import Reason as ModelReason
from flowserve_ml.runtime import Model
from schemas import identifiers
from schemas.outcomes import Decision, Duplicate, ModelName, Prediction, Reason, Rejected, Source
from schemas.problems import Refusal, problem
from schemas.transaction import Transaction

DECLINE_LIMIT_CODE = "decline_limit"
"""Code of the first reason of a review that the model wanted to decline. All other codes are the model's."""


class Features(Protocol):
    """A transaction that was folded: its 128-bit id, whether it came late, its row in FEATURES order."""

    @property
    def prediction(self) -> int: ...
    @property
    def late(self) -> bool: ...
    @property
    def row(self) -> tuple[float, ...]: ...


class Origin(NamedTuple):
    """Who asked and when, as every outcome says it; times are UTC."""

    request_id: str
    source: Source
    received_at: datetime
    decided_at: datetime


def model_name(model: Model) -> ModelName:
    """As written into every prediction."""
    return _model_name(model.manifest.name, model.manifest.version)


def scored(
    transaction: Transaction,
    folded: Features,
    score: float,
    decision: Decision,
    reasons: Iterable[ModelReason],
    model: Model,
    origin: Origin,
    beyond: tuple[int, int] | None = None,
) -> Prediction:
    """A scored transaction: its decision, and the reasons for it as `model.explain` gives them.

    `beyond`: the model would decline, but the limit is passed (how many of late were scored, and to be
    declined), so that the decision is to review.
    """
    occurred_at = transaction.occurred_at
    return Prediction(
        prediction_id=identifiers.text(folded.prediction),
        request_id=origin.request_id,
        transaction_id=transaction.transaction_id,
        customer_id=transaction.customer_id,
        terminal_id=transaction.terminal_id,
        decision=decision,
        score=score,
        reasons=(
            *(() if beyond is None else (_too_many_declines(score, *beyond),)),
            *(
                Reason(reason.code, reason.feature, reason.value, reason.message, reason.contribution)
                for reason in reasons
            ),
        ),
        features=named_features(folded.row),
        model=model_name(model),
        source=origin.source,
        occurred_at=occurred_at if occurred_at.tzinfo is UTC else occurred_at.astimezone(UTC),
        received_at=origin.received_at,
        decided_at=origin.decided_at,
        late=folded.late,
    )


_model_name = lru_cache(maxsize=8)(ModelName)


def _too_many_declines(score: float, of_late: int, declined: int) -> Reason:
    """Says in the prediction itself that the model was overruled, and on what grounds."""
    message = (
        f"The model would decline, but it wanted to decline {declined} of the last {of_late} here, "
        "which is beyond the limit: a person decides."
    )
    return Reason(DECLINE_LIMIT_CODE, "score", score, message, 0.0)


def duplicate(transaction: Transaction, prediction: int, origin: Origin) -> Duplicate:
    """A repeat with the same body."""
    return Duplicate(
        prediction_id=identifiers.text(prediction),
        request_id=origin.request_id,
        transaction_id=transaction.transaction_id,
        customer_id=transaction.customer_id,
        terminal_id=transaction.terminal_id,
        source=origin.source,
        received_at=origin.received_at,
        decided_at=origin.decided_at,
    )


def conflict() -> Refusal:
    """A repeat with another body. It is the caller's to mend, so it gets no dead letter."""
    return Refusal("idempotency_conflict", "Repeat the whole body on a retry, or use a new transaction_id.")


def rejected(refusal: Refusal, transaction: Transaction | None, origin: Origin) -> Rejected:
    """Names the transaction only where its fields passed every check (None where they did not)."""
    request_id = origin.request_id
    return Rejected(
        request_id=request_id,
        problem=problem(refusal.code, refusal.detail, request_id=request_id, errors=refusal.errors),
        source=origin.source,
        received_at=origin.received_at,
        decided_at=origin.decided_at,
        transaction_id=transaction.transaction_id if transaction else None,
        customer_id=transaction.customer_id if transaction else None,
        terminal_id=transaction.terminal_id if transaction else None,
    )
