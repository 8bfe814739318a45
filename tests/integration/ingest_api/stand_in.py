"""A stand-in for scorer and sink that speaks the wire format: the API's other side in these tests."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from schemas import headers
from schemas.headers import first
from schemas.identifiers import prediction_id, record_request_id, text
from schemas.outcomes import Duplicate, ModelName, Outcome, Prediction, Reason, Rejected
from schemas.problems import Refusal, problem
from schemas.topics import PREDICTIONS, REPLIES, REQUESTS, SCORER_GROUP
from schemas.transaction import Transaction, decode

_encode = msgspec.json.encode

REQUEST_COLUMNS = (
    "day, source_topic, source_partition, source_offset, client_id, request_id, source, transaction_id, "
    "customer_id, terminal_id, amount, currency, occurred_at, received_at"
)
PREDICTION_COLUMNS = (
    "day, source_topic, source_partition, source_offset, client_id, request_id, source, status, "
    "prediction_id, transaction_id, customer_id, terminal_id, decision, score, model_version, error_code, "
    "occurred_at, received_at, decided_at, body"
)

Pool = asyncpg.Pool


@dataclass
class _Decided:
    record: ConsumerRecord
    client_id: str
    request_id: str
    source: str
    transaction: Transaction | None
    outcome: Outcome
    body: bytes
    status: str
    answer: bytes

    @property
    def place(self) -> tuple[Any, ...]:
        received = _time(self.record.timestamp)
        return (received.date(), REQUESTS, self.record.partition, self.record.offset)


Answers = dict[tuple[str, str, str], tuple[bytes, Prediction]]


class StandIn:
    """Scores by amount alone: 100,000 minor units and more are declined; currency ZZZ is refused."""

    def __init__(self, bootstrap: str, dsn: str | None, answers: Answers | None = None) -> None:
        self._bootstrap = bootstrap
        self._dsn = dsn
        self._answers: Answers = {} if answers is None else answers
        self.seen: list[ConsumerRecord] = []

    async def run(self) -> None:
        """Until cancelled."""
        consumer = AIOKafkaConsumer(
            REQUESTS,
            bootstrap_servers=self._bootstrap,
            group_id=SCORER_GROUP,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", linger_ms=0)
        pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=1) if self._dsn else None
        try:
            await consumer.start()
            await producer.start()
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    await self._batch(records, producer, pool)
                await consumer.commit()
        finally:
            await consumer.stop()
            await producer.stop()
            if pool:
                await pool.close()

    async def _batch(
        self, records: list[ConsumerRecord], producer: AIOKafkaProducer, pool: Pool | None
    ) -> None:
        decided = [self._decide(record) for record in records]
        self.seen += records
        sent = [
            await producer.send(PREDICTIONS, each.body, key=each.record.key, partition=each.record.partition)
            for each in decided
        ]
        await asyncio.gather(*sent)
        for each in decided:
            await _reply(producer, each)
        if pool:
            await _store(pool, decided)

    def _decide(self, record: ConsumerRecord) -> _Decided:
        client = (first(record.headers, headers.CLIENT_ID) or b"default").decode()
        place = record_request_id(REQUESTS, record.partition, record.offset)
        request_id = (first(record.headers, headers.REQUEST_ID) or place.encode()).decode()
        source = (first(record.headers, headers.SOURCE) or b"kafka").decode()
        received, now = _time(record.timestamp), datetime.now(UTC)
        common: dict[str, Any] = {"source": source, "received_at": received, "decided_at": now}
        try:
            transaction = decode(record.value)
            outcome, answer = self._outcome(client, request_id, transaction, record.value, common)
        except Refusal as refusal:
            transaction = None
            told = problem(refusal.code, refusal.detail, request_id=request_id, errors=refusal.errors)
            outcome, answer = Rejected(request_id, told, **common), _encode(told)
        body = _encode(outcome)
        status = type(outcome).__struct_config__.tag
        return _Decided(record, client, request_id, source, transaction, outcome, body, str(status), answer)

    def _outcome(
        self,
        client: str,
        request_id: str,
        transaction: Transaction,
        value: bytes,
        common: dict[str, Any],
    ) -> tuple[Outcome, bytes]:
        if transaction.currency == "ZZZ":
            raise Refusal("unsupported_currency", "Send a currency that the model has a rate for.")
        names = (transaction.transaction_id, transaction.customer_id, transaction.terminal_id)
        key = (client, transaction.customer_id, transaction.transaction_id)
        digest = hashlib.sha256(value).digest()
        known = self._answers.get(key)
        if known is not None and known[0] != digest:
            raise Refusal("idempotency_conflict", "Use a new transaction_id.")
        if known is not None:
            repeat = Duplicate(known[1].prediction_id, request_id, *names, **common)
            return repeat, _encode(known[1])
        decline = transaction.amount >= 100_000
        prediction = Prediction(
            prediction_id=text(prediction_id(client, transaction.customer_id, transaction.transaction_id)),
            request_id=request_id,
            transaction_id=transaction.transaction_id,
            customer_id=transaction.customer_id,
            terminal_id=transaction.terminal_id,
            decision="decline" if decline else "approve",
            score=0.97 if decline else 0.0132,
            reasons=(Reason("amount_high", "amount", 1.0, "A large amount.", 0.5),) if decline else (),
            features={"amount": transaction.amount / 100, "night": None},
            model=ModelName("stand-in", "0.0.1"),
            occurred_at=transaction.occurred_at.astimezone(UTC),
            late=False,
            **common,
        )
        self._answers[key] = (digest, prediction)
        return prediction, _encode(prediction)


async def _reply(producer: AIOKafkaProducer, each: _Decided) -> None:
    correlation = first(each.record.headers, headers.CORRELATION_ID)
    partition = first(each.record.headers, headers.REPLY_PARTITION)
    deadline = first(each.record.headers, headers.DEADLINE)
    if correlation is None or partition is None or int(deadline or b"0") < time.time() * 1000:
        return
    echoed = [(headers.CORRELATION_ID, correlation), (headers.STATUS, each.status.encode())]
    await producer.send(REPLIES, each.answer, partition=int(partition), headers=echoed)


async def _store(pool: Pool, decided: list[_Decided]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.executemany(
            _insert("requests", REQUEST_COLUMNS), [_request_row(each) for each in decided]
        )
        await connection.executemany(
            _insert("predictions", PREDICTION_COLUMNS), [_prediction_row(each) for each in decided]
        )


def _insert(table: str, columns: str) -> str:
    places = ", ".join(f"${number + 1}" for number in range(columns.count(",") + 1))
    return f"insert into {table} ({columns}) values ({places}) on conflict do nothing"  # noqa: S608


def _request_row(each: _Decided) -> tuple[Any, ...]:
    asked = each.transaction
    fields = (
        (asked.transaction_id, asked.customer_id, asked.terminal_id, asked.amount, asked.currency)
        if asked
        else (None,) * 5
    )
    occurred = asked.occurred_at if asked else None
    received = _time(each.record.timestamp)
    return (*each.place, each.client_id, each.request_id, each.source, *fields, occurred, received)


def _prediction_row(each: _Decided) -> tuple[Any, ...]:
    outcome = each.outcome
    scored = outcome if isinstance(outcome, Prediction) else None
    rejected = outcome if isinstance(outcome, Rejected) else None
    return (
        *each.place,
        each.client_id,
        each.request_id,
        each.source,
        each.status,
        getattr(outcome, "prediction_id", None),
        outcome.transaction_id,
        outcome.customer_id,
        outcome.terminal_id,
        scored.decision if scored else None,
        scored.score if scored else None,
        scored.model.version if scored else None,
        rejected.problem.code if rejected else None,
        scored.occurred_at if scored else None,
        outcome.received_at,
        outcome.decided_at,
        each.body.decode(),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
