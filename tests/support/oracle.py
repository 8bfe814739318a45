"""An independent judge of the scorer: raw `requests` in, expected outcomes out, then compared with the log.

Single-threaded and brute force, written from the definitions; imports nothing of the product.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord

DAY = 86_400
CLOSE = 1e-9


@dataclass
class Verdict:
    """What the judge found; `undecided` must be zero, and `wrong` with its part `wrong_state` empty.

    `answers` are the predictions that count, by partition and offset of their requests.
    """

    decided: int = 0
    undecided: int = 0
    repeats: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    answers: dict[tuple[int, int], ConsumerRecord] = field(default_factory=dict)


@dataclass
class _Customer:
    rows: list[tuple[int, int, float]] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    mean_sum: float = 0.0
    mean_count: int = 0


@dataclass
class _Expected:
    status: str
    transaction_id: str | None = None
    features: dict[str, float] | None = None
    late: bool = False


class Oracle:
    """The single-threaded fold over one partition of `requests`."""

    def __init__(self) -> None:
        self._customers: dict[tuple[str, str], _Customer] = {}
        self._mark = 0

    def expect(self, record: ConsumerRecord) -> _Expected:
        """The outcome that this request must have, given those before it."""
        body = _readable(record)
        if body is None:
            return _Expected("rejected")
        headers = dict(record.headers)
        client = headers.get("client_id", b"default").decode()
        customer = self._customers.setdefault((client, body["customer_id"]), _Customer())
        moment = datetime.fromisoformat(body["occurred_at"])
        text = json.dumps([*[body[name] for name in _FIELDS], moment.astimezone(UTC).isoformat()])
        digest = hashlib.sha256(text.encode()).hexdigest()
        known = customer.bodies.get(body["transaction_id"])
        if known is not None:
            return _Expected("duplicate" if known == digest else "rejected", body["transaction_id"])
        customer.bodies[body["transaction_id"]] = digest
        at = math.floor(moment.timestamp())
        late = at < self._mark
        self._mark = max(self._mark, min(at, record.timestamp // 1000))
        return _Expected("scored", body["transaction_id"], _features(customer, at, body["amount"]), late)


_FIELDS = ("transaction_id", "customer_id", "terminal_id", "amount", "currency")


def _readable(record: ConsumerRecord) -> dict[str, Any] | None:
    try:
        body = json.loads(record.value)
        usable = body["customer_id"].encode() == record.key and isinstance(body["amount"], int)
        return body if usable and body["amount"] >= 0 and body["currency"] == "EUR" else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _features(customer: _Customer, at: int, cents: int) -> dict[str, float]:
    found: dict[str, float] = {"amount": cents / 100}
    for days in (1, 7, 30):
        window = [amount for time, amount, _ in customer.rows if at - days * DAY < time <= at] + [cents]
        found[f"customer_count_{days}d"] = len(window)
        found[f"customer_mean_{days}d"] = sum(window) / 100 / len(window)
    count = customer.mean_count
    usual = (customer.mean_sum + 53) / (count + 1) if count < 20 else customer.mean_sum / count
    ratio = cents / 100 / usual
    found["customer_ratio"] = ratio
    week = [row[2] for row in customer.rows if at - 7 * DAY < row[0] <= at]
    found["customer_max_ratio_7d"] = max(week, default=0.0)
    fortnight = [row[2] for row in customer.rows if at - 14 * DAY < row[0] <= at]
    found["customer_anomalies_14d"] = sum(value > 2.5 for value in fortnight)
    customer.mean_sum += min(cents / 100, 3 * usual)
    customer.mean_count += 1
    customer.rows.append((at, cents, ratio))
    return found


def judge(
    requests: Mapping[int, Sequence[ConsumerRecord]], predictions: Mapping[int, Sequence[ConsumerRecord]]
) -> Verdict:
    """Compares two whole logs."""
    return Judge().judge(requests, predictions)


class Judge:
    """Compares the two logs piece by piece, each at a moment at which every request should be decided.

    For one request offset the first prediction counts.
    """

    def __init__(self) -> None:
        self._oracles: dict[int, Oracle] = {}
        self._next: dict[int, int] = {}

    def judge(
        self,
        requests: Mapping[int, Sequence[ConsumerRecord]],
        predictions: Mapping[int, Sequence[ConsumerRecord]],
        refused: Set[tuple[int, int]] = frozenset(),
    ) -> Verdict:
        """The verdict on what came since the last one; requests at `refused` places must be rejected."""
        verdict = Verdict()
        for partition, asked in requests.items():
            first: dict[int, ConsumerRecord] = {}
            for record in predictions[partition]:
                offset = json.loads(dict(record.headers)["fold"])[1]
                repeat = offset in first or offset < self._next.get(partition, 0)
                verdict.repeats += repeat
                if not repeat:
                    first[offset] = record
            poison = {offset for number, offset in refused if number == partition}
            self._compare(partition, asked, first, poison, verdict)
            verdict.answers |= {(partition, offset): record for offset, record in first.items()}
        return verdict

    def _compare(
        self,
        partition: int,
        asked: Sequence[ConsumerRecord],
        first: Mapping[int, ConsumerRecord],
        refused: Set[int],
        verdict: Verdict,
    ) -> None:
        oracle = self._oracles.setdefault(partition, Oracle())
        for request in asked:
            expected = _Expected("rejected") if request.offset in refused else oracle.expect(request)
            self._next[partition] = request.offset + 1
            answer = first.get(request.offset)
            if answer is None:
                verdict.undecided += 1
                continue
            verdict.decided += 1
            verdict.statuses[expected.status] += 1
            outcome = json.loads(answer.value)
            place = f"{partition}/{request.offset}"
            if fault := _wrong_outcome(expected, outcome):
                verdict.wrong.append(f"{place}: {fault}")
            elif fault := _wrong_state(expected, outcome):
                verdict.wrong.append(f"{place}: {fault}")
                verdict.wrong_state.append(verdict.wrong[-1])
        strangers = first.keys() - {request.offset for request in asked}
        verdict.wrong += [f"{partition}/{offset}: answers no request" for offset in sorted(strangers)]


def _wrong_outcome(expected: _Expected, outcome: dict[str, Any]) -> str | None:
    if outcome["status"] != expected.status:
        return f"is {outcome['status']}, should be {expected.status}"
    if expected.status != "rejected" and outcome["transaction_id"] != expected.transaction_id:
        return f"answers {outcome['transaction_id']}, asked for {expected.transaction_id}"
    return None


def _wrong_state(expected: _Expected, outcome: dict[str, Any]) -> str | None:
    """Features are what the state gave; one that differs says that the state did."""
    if expected.features is None:
        return None
    if outcome["late"] != expected.late:
        return f"late is {outcome['late']}"
    for name, value in expected.features.items():
        if not math.isclose(outcome["features"][name], value, rel_tol=CLOSE, abs_tol=CLOSE):
            return f"{name} is {outcome['features'][name]}, should be {value}"
    return None
