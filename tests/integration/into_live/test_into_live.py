"""A new installation starts with history: its state is the replay's, and nothing live is disturbed."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from local_stack.kafka import Kafka
from schemas.settings import ProcessSettings
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS
from stream_processor.log_readers import log_consumer
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.into_live import WarmUp
from stream_processor.replay.kafka import producer
from stream_processor.replay.preconditions import check_no_scorer
from stream_processor.scorer.kafka_log import LogReader, LogWriter
from tests.integration.into_live.histories import (
    CLIENT,
    history,
    next_transactions,
    offline,
    rebuilt,
    remembered,
    seen,
    utc_now,
)
from tests.support import logs
from tests.support.records import body
from tests.support.scorers import Fleet
from tests.support.traffic import message
from tests.support.waiting import until

PARTITIONS = 3


class Stopped(Exception):
    """The warm-up was ended half-way."""


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(current_folder(Path("ml/models")))


@pytest.fixture
async def topics(broker: Kafka) -> AsyncIterator[None]:
    """Empty ones."""
    await logs.create_topics(broker.bootstrap, PARTITIONS)
    yield
    await logs.delete_topics(broker.bootstrap)


async def warm(
    broker: Kafka, model: Model, past: History, now: datetime, run_id: str = "first", stop_after: int = -1
) -> WarmUp:
    """Runs a warm-up; ends it after so many transactions if that is above 0."""
    settings = ProcessSettings(kafka_bootstrap=broker.bootstrap, partitions=PARTITIONS)
    reader, writer = LogReader(lambda: log_consumer(settings)), LogWriter(lambda: producer(settings))
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        if 0 < stop_after < done:
            raise Stopped

    one = WarmUp(past, model, run_id, reader, writer)
    try:
        await one.run(settings, now.timestamp(), advance)
    finally:
        await writer.stop()
        await reader.stop()
    return one


@pytest.mark.usefixtures("topics")
async def test_the_scorers_start_with_the_state_that_the_replay_ended_with(
    broker: Kafka, model: Model
) -> None:
    now = utc_now()
    past = history(model, 6_000, 1, now)
    run = await warm(broker, model, past, now)
    assert run.engine is not None
    states, book = await rebuilt(broker, PARTITIONS, now)
    expected = remembered(list(run.engine.states.values()), now)
    assert len(expected) > 40
    assert remembered(states, now) == expected
    views = seen(run.engine.book, now)
    assert seen(book, now) == views
    assert {view[0] for view in views.values()} >= {0.0, 1.0}
    assert [state.next for state in states] == [0] * PARTITIONS
    assert await logs.total(broker.bootstrap, REQUESTS, PARTITIONS) == 0


@pytest.mark.usefixtures("topics")
async def test_what_waits_for_its_label_goes_on_waiting_and_nothing_is_labelled_twice(
    broker: Kafka, model: Model
) -> None:
    now = utc_now()
    past = history(model, 4_000, 2, now)
    run = await warm(broker, model, past, now)
    assert run.engine is not None
    states, book = await rebuilt(broker, PARTITIONS, now)
    for number, (state, ended) in enumerate(zip(states, run.engine.states.values(), strict=True)):
        published = book.published(number)
        assert published.due_until == int(now.timestamp())
        assert state.labels.due(published.due_until, published, 10**6) == []
        later = int((now + timedelta(days=8)).timestamp())
        labelled = state.labels.due(later, published, 10**6)
        assert len(labelled) > 50
        assert [entry for entry, _ in labelled] == [
            entry for entry, _ in ended.labels.due(later, published, 10**6)
        ]
    young = past.table[past.table["micros"] > (now.timestamp() - 7 * 86_400) * 1e6]
    known = int((young["label"] == 1).sum())
    assert known > 0
    assert await logs.total(broker.bootstrap, FEEDBACK, PARTITIONS) == known


@pytest.mark.usefixtures("topics")
async def test_a_warm_up_that_was_killed_goes_on_and_ends_alike(broker: Kafka, model: Model) -> None:
    now = utc_now()
    past = history(model, 4_000, 3, now)
    with pytest.raises(Stopped):
        await warm(broker, model, past, now, stop_after=1_500)
    partly = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
    run = await warm(broker, model, past, now)
    assert run.engine is not None
    whole = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
    assert 0 < partly < whole
    states, book = await rebuilt(broker, PARTITIONS, now)
    assert remembered(states, now) == remembered(list(run.engine.states.values()), now)
    assert seen(book, now) == seen(run.engine.book, now)
    ids = [
        record.value
        for chunk in (await logs.read_all(broker.bootstrap, PREDICTIONS, PARTITIONS)).values()
        for record in chunk
    ]
    assert len(ids) == len(set(ids)) == whole
    again = await warm(broker, model, past, now)
    assert await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) == whole
    assert again.engine is not None


@pytest.mark.usefixtures("topics")
async def test_it_is_refused_while_requests_are_undecided_or_scorers_run(
    broker: Kafka, model: Model, tmp_path: Path, inherited: dict[str, str]
) -> None:
    now = utc_now()
    past = history(model, 200, 4, now)
    await logs.produce(broker.bootstrap, REQUESTS, [message(body(1, at=int(now.timestamp())))])
    with pytest.raises(ReplayError, match=r"1 requests of partition . are undecided: start the scorers"):
        await warm(broker, model, past, now)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0)
    try:

        async def decided() -> bool:
            return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) == 1

        await until(decided, "the scorer has decided the request", 60)
        with pytest.raises(ReplayError, match="1 scorers are running"):
            await warm(broker, model, past, now)
        scorer.stop()

        async def gone() -> bool:
            try:
                await check_no_scorer(ProcessSettings(kafka_bootstrap=broker.bootstrap))
            except ReplayError:
                return False
            return True

        await until(gone, "the group has let the stopped scorer go", 60)
        await warm(broker, model, past, now)
        with pytest.raises(ReplayError, match="warmed up by run first before"):
            await warm(broker, model, past, now, run_id="second")
    finally:
        fleet.kill_all()


@pytest.mark.usefixtures("topics")
async def test_a_scorer_goes_on_from_the_history_as_if_it_had_decided_it(
    broker: Kafka, model: Model, tmp_path: Path, inherited: dict[str, str]
) -> None:
    now = utc_now()
    past = history(model, 3_000, 5, now)
    await warm(broker, model, past, now)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    fleet.start(0)
    bodies = next_transactions(past, int(utc_now().timestamp()))
    wire = [("client_id", CLIENT.encode())]
    try:
        before = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
        asked = [(each["customer_id"].encode(), json.dumps(each).encode(), wire) for each in bodies]
        await logs.produce(broker.bootstrap, REQUESTS, asked)

        async def decided() -> bool:
            return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= before + len(asked)

        await until(decided, "the scorer has decided the requests", 60)
    finally:
        fleet.kill_all()
    records = await logs.read_all(broker.bootstrap, PREDICTIONS, PARTITIONS)
    answers = [json.loads(record.value) for chunk in records.values() for record in chunk]
    live = {each["transaction_id"]: each for each in answers if each["source"] == "kafka"}
    expected = offline(past, bodies, model)
    assert {number: (each["score"], each["features"]) for number, each in live.items()} == expected
    assert max(each["features"]["customer_count_30d"] for each in live.values()) > 10
