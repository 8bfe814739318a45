"""The judge of a run: raw logs, rows and the callers' own notes; imports nothing that decides or stores."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import PREDICTIONS, REQUESTS, TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from tests.faults.kafka_load import KafkaLoad, Place
from tests.faults.lab import PARTITIONS
from tests.faults.rest_load import Seen
from tests.support.oracle import Judge, Verdict

_MATURING_SECONDS = 60.0
# Labels are final after seven days.
_FINAL = timedelta(days=8)
# What a matured record says of its transaction; the rest is how far its partition had come.
_MATURED_FACTS = 8

Records = dict[int, list[ConsumerRecord]]


@dataclass
class Findings:
    """All lists and counts but the first four must be empty or zero; each sentence names its record."""

    decided: int = 0
    redelivered: int = 0
    answers_checked: int = 0
    matured: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    wrong_answers: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)

    def clean(self) -> bool:
        """Whether there is nothing to complain about."""
        return not (self.lost or self.duplicated or self.wrong_answers or self.wrong_state)


class Tail:
    """A topic, read piece by piece past the proxies."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._next: dict[TopicPartition, int] = {}

    async def read(self) -> Records:
        """What came since the last reading."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(self._places)
            consumer.assign(self._places)
            for tp in self._places:
                consumer.seek(tp, self._next.get(tp, 0))
            found: Records = {tp.partition: [] for tp in self._places}
            while any([await consumer.position(tp) < ends[tp] for tp in self._places]):
                for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                    found[tp.partition] += records
            self._next = {tp: await consumer.position(tp) for tp in self._places}
            return found
        finally:
            await consumer.stop()


class Verifier:
    """Of one lab, over all its runs."""

    def __init__(self, bootstrap: str, dsn: str) -> None:
        self._dsn = dsn
        self._requests = Tail(bootstrap, REQUESTS, PARTITIONS)
        self._predictions = Tail(bootstrap, PREDICTIONS, PARTITIONS)
        self._history = Tail(bootstrap, TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS)
        self._judge = Judge()
        self._matured: dict[Place, list[object]] = {}

    async def verify(self, kafka: KafkaLoad, rest: Seen, refused: Set[Place] = frozenset()) -> Findings:
        """Judges what came since the last call; call it once everything is decided and stored.

        `refused` are requests that must be rejected for reasons that the judge does not know.
        """
        asked = await self._requests.read()
        answered = await self._predictions.read()
        verdict = self._judge.judge(asked, answered, refused)
        findings = Findings(verdict.decided, verdict.repeats)
        findings.wrong_state += verdict.wrong_state
        findings.wrong_answers += [fault for fault in verdict.wrong if fault not in set(verdict.wrong_state)]
        if verdict.undecided:
            findings.lost.append(f"{verdict.undecided} requests have no outcome")
        findings.lost += _not_on_the_log(kafka, asked)
        findings.lost += rest.failed
        await self._check_rows(asked, verdict, rest, findings)
        await self._check_matured(verdict, findings)
        return findings

    async def _check_rows(self, asked: Records, verdict: Verdict, rest: Seen, findings: Findings) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            starts = [records[0].offset if records else 1 << 60 for _, records in sorted(asked.items())]
            since = "where source_offset >= ($1::bigint[])[source_partition + 1]"
            text = "select source_partition, source_offset, status, prediction_id, body from predictions "
            rows = await connection.fetch(text + since, starts)
            text = "select source_partition, source_offset from requests "
            stored = await connection.fetch(text + since, starts)
        finally:
            await connection.close()
        held = {(row["source_partition"], row["source_offset"]): row["body"] for row in rows}
        for place, record in verdict.answers.items():
            if place not in held:
                findings.lost.append(f"{place}: no row of its outcome")
            elif held[place] != record.value.decode():
                findings.wrong_answers.append(f"{place}: the row differs from the log")
        requests = {(number, record.offset) for number, records in asked.items() for record in records}
        findings.lost += [f"{place}: no row of the request" for place in requests - {*map(tuple, stored)}]
        scored = Counter(row["prediction_id"] for row in rows if row["status"] == "scored")
        findings.duplicated += [f"{name}: {count} scored rows" for name, count in scored.items() if count > 1]
        self._check_answers(verdict, rest, findings)

    def _check_answers(self, verdict: Verdict, rest: Seen, findings: Findings) -> None:
        """Every answer that a caller holds against the one on the log."""
        scored: dict[str, bytes] = {}
        for record in verdict.answers.values():
            outcome = json.loads(record.value)
            if outcome["status"] == "scored":
                name = outcome["prediction_id"]
                if name in scored:
                    findings.duplicated.append(f"{name} was scored twice")
                scored[name] = record.value
        for answer in rest.answers:
            findings.answers_checked += 1
            name = answer.prediction["prediction_id"]
            on_log = scored.get(name)
            if on_log is None:
                findings.wrong_answers.append(
                    f"{answer.transaction_id}: an answer that the log does not hold"
                )
            elif answer.prediction["transaction_id"] != answer.transaction_id:
                findings.wrong_answers.append(f"{answer.transaction_id}: got another one's answer")
            elif answer.exact not in (None, on_log) or answer.prediction != json.loads(on_log):
                findings.wrong_answers.append(f"{answer.transaction_id}: the answer differs from the log")

    async def _check_matured(self, verdict: Verdict, findings: Findings) -> None:
        """A transaction that is old enough: its label must reach `terminal-history`."""
        outcomes = {place: json.loads(record.value) for place, record in verdict.answers.items()}
        old = (datetime.now(UTC) - _FINAL).isoformat()
        due = {
            place
            for place, outcome in outcomes.items()
            if outcome["status"] == "scored" and outcome["occurred_at"] < old
        }
        deadline = time.monotonic() + _MATURING_SECONDS
        while True:
            for records in (await self._history.read()).values():
                self._fold(records, findings)
            missing = due - self._matured.keys()
            if not missing or time.monotonic() > deadline:
                break
            await asyncio.sleep(1)
        findings.matured = len(due) - len(missing)
        findings.lost += [f"{place}: its label never reached terminal-history" for place in sorted(missing)]

    def _fold(self, records: list[ConsumerRecord], findings: Findings) -> None:
        for record in records:
            facts = json.loads(record.value)[:_MATURED_FACTS]
            place = (facts[6], facts[7])
            if self._matured.setdefault(place, facts) != facts:
                findings.wrong_state.append(f"{place}: two labels on terminal-history")


def _not_on_the_log(kafka: KafkaLoad, asked: Mapping[int, list[ConsumerRecord]]) -> list[str]:
    """Messages that Kafka confirmed and that are not where it said."""
    held = {(number, record.offset): record.value for number, records in asked.items() for record in records}
    return [
        f"{place}: confirmed by Kafka and not there"
        for place, (_, value, _) in kafka.acked.items()
        if held.get(place) != value
    ]
