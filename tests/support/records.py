"""Request records of one partition as the pipeline sees them, and the fold over their results."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from schemas import headers
from schemas.outcomes import Fold, fold_decoder
from schemas.topics import REQUESTS
from stream_processor.pipeline.decide import decide
from stream_processor.pipeline.memory import CustomerMemory
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState, horizon
from tests.support.actors import NOW_MS
from tests.support.fake_log import FakeRecord

NOW = NOW_MS // 1000
Wire = Sequence[tuple[str, bytes]]


def rfc3339(seconds: int) -> str:
    """A moment as a caller writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def body(number: int = 1, customer: str = "c-1", amount: int = 1_250, at: int = NOW) -> dict[str, Any]:
    """A request body of transaction `tx-<number>`."""
    return {
        "transaction_id": f"tx-{number}",
        "customer_id": customer,
        "terminal_id": "t-1",
        "amount": amount,
        "currency": "EUR",
        "occurred_at": rfc3339(at),
    }


def request(offset: int, content: dict[str, Any], wire: Wire = (), arrived: int = NOW) -> FakeRecord:
    """A record whose key is its customer; `arrived` is the broker's time in seconds."""
    return raw(offset, json.dumps(content).encode(), content["customer_id"].encode(), wire, arrived)


def raw(
    offset: int, value: bytes | None, key: bytes | None = b"c-1", wire: Wire = (), arrived: int = NOW
) -> FakeRecord:
    """A record of any bytes on partition 0."""
    return FakeRecord(REQUESTS, 0, offset, arrived * 1_000, key, value, wire)


def decided(records: Sequence[FakeRecord], state: PartitionState, rules: Rules) -> list[Result]:
    """Decides one batch and commits it, as the actor does once its results are durable."""
    decided = decide(records, state, rules, NOW_MS)
    decided.draft.commit()
    state.decided(records[-1].offset + 1, records[-1].timestamp, len(records))
    return decided.results


def fold_of(entry: Result) -> Fold:
    """The fold that the log carries for a result."""
    return fold_decoder.decode(dict(entry.headers)[headers.FOLD])


def outcome(entry: Result) -> dict[str, Any]:
    """The outcome as a reader of `predictions` sees it."""
    read: dict[str, Any] = json.loads(entry.value)
    return read


def codes(results: Sequence[Result]) -> list[str]:
    """The status of every result, or the problem's code where it is rejected."""
    read = [outcome(entry) for entry in results]
    return [entry["problem"]["code"] if entry["status"] == "rejected" else entry["status"] for entry in read]


def remembered(state: PartitionState) -> tuple[object, ...]:
    """Everything that a state knows within its horizon, to be compared.

    A customer is forgotten when its next transaction is looked at, so what lies beyond the horizon may
    still be there in one state and not in the other; nothing can be seen of it.
    """
    limit = horizon(state.mark, state.received_ms)
    customers = {key: CustomerMemory.unpack(packed) for key, packed in state.customers.items()}
    for memory in customers.values():
        memory.forget(limit)
    within = {key: memory for key, memory in customers.items() if memory.history.last_time > limit}
    return state.next, state.log_end, state.mark, within
