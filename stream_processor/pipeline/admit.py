"""Decides which records can be scored: body, client, key, partition, time and currency, in that order."""

from collections.abc import Mapping

import msgspec
from aiokafka.partitioner import murmur2

from flowserve_ml.currency import UnsupportedCurrency, to_base_cents
from schemas.problems import FieldError, Refusal
from schemas.transaction import Transaction, check_time, decode
from stream_processor.pipeline.envelope import Envelope, Record
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.state import Draft


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A record that can be scored. `at` is whole seconds since 1970 UTC, `cents` of the base currency."""

    record: Record
    envelope: Envelope
    client_id: str
    transaction: Transaction
    customer: str
    at: int
    cents: int


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner (murmur2) chooses for a key."""
    chosen: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return chosen


def check_client(envelope: Envelope) -> str:
    """Raises Refusal for a client header that names no possible client."""
    if envelope.client_id is None:
        raise Refusal("unknown_client", "Send 1 to 64 letters, digits, dots, dashes or underscores.")
    return envelope.client_id


def admit(
    record: Record,
    envelope: Envelope,
    known: Draft,
    rates: Mapping[str, float],
    partitions: int,
) -> Admitted:
    """Raises Refusal with the reason for a record that cannot be scored."""
    client_id = check_client(envelope)
    transaction = decode(record.value)
    encoded = transaction.customer_id.encode()
    if record.key != encoded:
        raise Refusal("key_mismatch", "Send the customer_id, in UTF-8, as the record's key.")
    customer = key_of(client_id, transaction.customer_id)
    # A customer who is remembered here has passed this check before: the hash is not worked out again.
    if not known.knows(customer) and partition_of(encoded, partitions) != record.partition:
        raise Refusal(
            "wrong_partition",
            "Use Kafka's default partitioner (murmur2); with librdkafka set partitioner=murmur2_random.",
        )
    occurred = transaction.occurred_at.timestamp()
    check_time(occurred, record.timestamp / 1000)
    try:
        cents = to_base_cents(transaction.amount, transaction.currency, rates)
    except UnsupportedCurrency:
        detail = "Send the ISO 4217 code of a currency that the model has a rate for."
        raise Refusal("unsupported_currency", detail, (FieldError("/currency", detail),)) from None
    return Admitted(record, envelope, client_id, transaction, customer, int(occurred), cents)
