"""What FlowServe answers: the prediction (Kafka value, REST answer and row alike), and the other outcomes."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from schemas.problems import Problem

Decision = Literal["approve", "review", "decline"]
Source = Literal["rest", "kafka", "replay"]
Status = Literal["scored", "duplicate", "rejected"]

Time = Annotated[datetime, msgspec.Meta(tz=True)]

FOLD_VERSION = 1
"""Raised only where a field changes its meaning: a scorer refuses records of another version, and so an
installation in service could not start on its own log. A new field goes last in `Fold`, with a default."""


class Reason(msgspec.Struct, frozen=True):
    """Why a transaction is reviewed or declined: a code of a closed list, and a sentence.

    `contribution` is what the features behind the code added to the score, in log-odds.
    """

    code: str
    feature: str
    value: float | None
    message: str
    contribution: float


class ModelName(msgspec.Struct, frozen=True):
    """Which model scored."""

    name: str
    version: str


class Prediction(msgspec.Struct, frozen=True, tag_field="status", tag="scored"):
    """A scored transaction. Times are UTC; features in the units of the feature list; score in 0..1."""

    prediction_id: str
    request_id: str
    transaction_id: str
    customer_id: str
    terminal_id: str
    decision: Decision
    score: float
    reasons: tuple[Reason, ...]
    features: dict[str, float | None]
    model: ModelName
    source: Source
    occurred_at: Time
    received_at: Time
    decided_at: Time
    late: bool


class Duplicate(msgspec.Struct, frozen=True, tag_field="status", tag="duplicate"):
    """A repeat of a scored transaction, whose answer `prediction_id` names."""

    prediction_id: str
    request_id: str
    transaction_id: str
    customer_id: str
    terminal_id: str
    source: Source
    received_at: Time
    decided_at: Time


class Rejected(msgspec.Struct, frozen=True, tag_field="status", tag="rejected"):
    """A request that could not be scored. Ids are there when they could be read and are safe to repeat."""

    request_id: str
    problem: Problem
    source: Source
    received_at: Time
    decided_at: Time
    transaction_id: str | None = None
    customer_id: str | None = None
    terminal_id: str | None = None


Outcome = Prediction | Duplicate | Rejected


class Fold(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The `fold` header of a prediction: all that state needs of it, as a JSON array.

    `run` is "" live, else it names a warm-up or, as ERASURE of `schemas.erasure`, forgets a customer.
    `offset` is the request's offset on the same partition number, `received_ms` when the broker received it,
    `mark` the partition's event-time high-water mark in seconds. The rest is set for scored transactions
    only: `at` in seconds since 1970 UTC, `cents` in hundredths of the model's base currency, `mean_sum` and
    `mean_count` of the customer, `declined` 1 where the model wanted to decline, whatever was answered.
    """

    version: int
    offset: int
    mark: int
    received_ms: int = 0
    run: str = ""
    client_id: str = ""
    customer_id: str = ""
    terminal_id: str = ""
    prediction: int = 0
    body: int = 0
    at: int = 0
    cents: int = 0
    ratio: float = 0.0
    mean_sum: float = 0.0
    mean_count: int = 0
    declined: int = 0


encoder = msgspec.json.Encoder()
outcome_decoder = msgspec.json.Decoder(Outcome)
prediction_decoder = msgspec.json.Decoder(Prediction)
fold_decoder = msgspec.json.Decoder(Fold)
