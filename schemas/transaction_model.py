"""The transaction as the REST door reads it: pydantic tells the caller every bad field at once."""

from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from schemas.card_numbers import holds_card_number
from schemas.transaction import MAX_AMOUNT, MAX_ID_CHARACTERS, Transaction, parse_time


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("invalid_field", "Use printable characters only.")
    return value


def _no_card_number(value: str) -> str:
    if holds_card_number(value):
        raise PydanticCustomError("card_number", "Send a token in place of the card number.")
    return value


def _rfc3339(value: object) -> datetime:
    try:
        return parse_time(value) if isinstance(value, str) else _raise_time()
    except msgspec.ValidationError:
        return _raise_time()


def _raise_time() -> datetime:
    raise PydanticCustomError(
        "invalid_field", "Use an RFC 3339 time with a zone, such as 2026-11-23T12:00:00Z."
    )


SafeId = Annotated[
    str,
    Field(min_length=1, max_length=MAX_ID_CHARACTERS),
    AfterValidator(_printable),
    AfterValidator(_no_card_number),
]
Rfc3339 = Annotated[datetime, BeforeValidator(_rfc3339, json_schema_input_type=str)]


class TransactionModel(BaseModel):
    """A card transaction. A retry repeats the whole body, `occurred_at` included."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        title="Transaction",
        json_schema_extra={
            "examples": [
                {
                    "transaction_id": "tx-1",
                    "customer_id": "c-42",
                    "terminal_id": "t-7",
                    "amount": 1250,
                    "currency": "EUR",
                    "occurred_at": "2026-11-23T12:00:00Z",
                }
            ]
        },
    )

    transaction_id: SafeId = Field(description="Unique per client and customer; the idempotency key.")
    customer_id: SafeId = Field(description="A token for the card holder, never a card number.")
    terminal_id: SafeId = Field(description="The shop's terminal.")
    amount: int = Field(ge=0, le=MAX_AMOUNT, description="Minor units of the currency: 1250 is 12.50 EUR.")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217 code.")
    occurred_at: Rfc3339 = Field(
        description="RFC 3339 with a zone; at most 40 days old and at most 5 minutes ahead.",
        json_schema_extra={"format": "date-time"},
    )

    def transaction(self) -> Transaction:
        """The same values as the Kafka door's type."""
        return Transaction(
            self.transaction_id,
            self.customer_id,
            self.terminal_id,
            self.amount,
            self.currency,
            self.occurred_at,
        )
