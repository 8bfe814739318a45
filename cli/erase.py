"""`flowserve erase`: forgets one customer, waits until it is done, and prints a receipt."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TypeVar

from cli import erase_rows as rows
from cli.audit import note
from cli.database import DONE, USAGE_ERROR, UsageError, run_connected
from cli.erase_arguments import Erase, parse
from cli.erase_log import STORED, Asked, ErasureLog, Place, open_log
from cli.erase_receipt import Receipt, as_json, as_text, rows_text
from cli.kafka import KafkaUnavailable, kafka_errors, kafka_settings
from schemas.settings import ProcessSettings
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS
from stream_processor.client_list import read_clients
from stream_processor.provision.connection import Connection

FAILED, NOT_DONE_YET, INTERRUPTED = 1, 3, 130

_STATEMENT_SECONDS = 600
_LOOK_SECONDS = 0.5
_POSITIONS = "select topic, partition, next_offset from sink_offsets"

T = TypeVar("T")


class NotYet(Exception):
    """The wait is over; the message says what is missing and what to do."""


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them; what went wrong is a sentence on standard error."""
    try:
        asked = parse(arguments)
        settings = kafka_settings()
        return asyncio.run(
            run_connected(lambda connection: _run(connection, asked, settings), _STATEMENT_SECONDS)
        )
    except (UsageError, KafkaUnavailable, NotYet) as error:
        print(f"flowserve erase: {error}", file=sys.stderr)
        codes = {UsageError: USAGE_ERROR, NotYet: NOT_DONE_YET}
        return codes.get(type(error), FAILED)
    except KeyboardInterrupt:
        print("\nflowserve erase: interrupted; give the same command again", file=sys.stderr)
        return INTERRUPTED


async def _run(connection: Connection, asked: Erase, settings: ProcessSettings) -> int:
    known = asked.client in await _kafka(read_clients(settings))
    if not known and not await rows.has_rows(connection, asked.client):
        raise UsageError(f"there is no client {asked.client}: see `flowserve clients list`")
    stored = await rows.count_rows(connection, asked.client, asked.customer)
    found = rows_text(stored) if any(stored.values()) else "nothing stored"
    print(f"Of this customer of {asked.client}: {found}", file=sys.stderr)
    if asked.dry_run:
        print(json.dumps({"rows": stored}, indent=2) if asked.as_json else "nothing was erased: --dry-run")
        return DONE
    _confirm(asked)
    receipt = await _Erasing(connection, asked, settings).run()
    print(as_json(receipt) if asked.as_json else as_text(receipt))
    return DONE


async def _kafka(doing: Awaitable[T]) -> T:
    """What Kafka alone is asked for: the database, asked in between, raises the same kinds of errors."""
    with kafka_errors():
        return await doing


def _confirm(asked: Erase) -> None:
    """Raises UsageError unless somebody said yes."""
    if asked.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here: say --yes to erase, or --dry-run to look; nothing was done"
        )
    print("This cannot be taken back. Erase? [yes/no] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise UsageError("not confirmed, nothing was done")


class _Erasing:
    """One erasure, step by step; all waits share one deadline."""

    def __init__(self, connection: Connection, asked: Erase, settings: ProcessSettings) -> None:
        self._connection = connection
        self._asked = asked
        self._settings = settings
        self._deadline = time.monotonic() + asked.wait_seconds
        self._subject = rows.subject_of(asked.client, asked.customer)

    async def run(self) -> Receipt:
        """Raises NotYet, KafkaUnavailable, and PostgreSQL's errors."""
        asked = self._asked
        async with AsyncExitStack() as opened:
            log = await _kafka(opened.enter_async_context(open_log(self._settings)))
            record, forgotten_at = await self._forgotten(log)
            ends = await _kafka(log.ends(*STORED))
            await self._until(lambda: self._decided(log, ends), self._no_scorer(record))
            # The outcomes of what was asked before the record are on their topics now, all of them.
            ends |= await _kafka(log.ends(PREDICTIONS, DEAD_LETTERS))
            await self._until(lambda: self._stored(log, ends), self._no_sink(record))
            kept = await _kafka(log.retentions())
        gone = await rows.delete_rows(
            self._connection,
            asked.client,
            asked.customer,
            datetime.fromtimestamp(record.at_ms / 1000, UTC),
            self._subject,
            record.place,
        )
        running = await rows.running_replays(self._connection, asked.client)
        return Receipt(record, forgotten_at, gone, self._subject, datetime.now(UTC), kept, running)

    async def _forgotten(self, log: ErasureLog) -> tuple[Asked, int]:
        """What was asked before is decided first, so that no outcome of it comes after the forgetting."""
        asked = self._asked
        before = await _kafka(log.ends(REQUESTS, PREDICTIONS))
        self._say("waiting for the scorers")
        late: NotYet | None = None
        try:
            await self._until(lambda: self._decided(log, before), "")
        except NotYet as error:
            late = error
        await note(self._connection, "erasure.ask", self._subject.name, {"client_id": asked.client})
        record = await _kafka(log.ask(asked.client, asked.customer))
        self._say(f"asked for at {record.place}")
        start = before[PREDICTIONS, record.partition]
        if late is not None:
            raise NotYet(self._no_scorer(record))
        answers: list[int] = []

        async def forgotten() -> bool:
            found = await _kafka(log.answer(record, start))
            answers.extend([] if found is None else [found])
            return found is not None

        await self._until(forgotten, self._no_scorer(record))
        self._say("forgotten by the scorer; waiting for the sink")
        return record, answers[0]

    async def _decided(self, log: ErasureLog, ends: Mapping[Place, int]) -> bool:
        requests = {place: end for place, end in ends.items() if place[0] == REQUESTS}
        return not await _kafka(log.undecided(requests))

    async def _stored(self, log: ErasureLog, ends: Mapping[Place, int]) -> bool:
        found = await self._connection.fetch(_POSITIONS)
        done = {(row["topic"], row["partition"]): row["next_offset"] for row in found}
        return not await _kafka(log.short_of(ends, done))

    async def _until(self, condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
        """Raises NotYet at the deadline; looks once at least."""
        while not await condition():
            if time.monotonic() > self._deadline:
                raise NotYet(otherwise)
            await asyncio.sleep(_LOOK_SECONDS)

    def _no_scorer(self, record: Asked) -> str:
        return (
            f"not done yet. The record is at {record.place}: the scorers obey it when they run, but have not "
            "said so yet. No row was deleted. Are the scorers running? Then give the same command again"
        )

    def _no_sink(self, record: Asked) -> str:
        return (
            f"not done yet. The scorers have forgotten (record at {record.place}), but the sink has not "
            "stored all that stands on the topics. No row was deleted. Is the sink running? Then give the "
            "same command again"
        )

    def _say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)
