"""The rules for migration files and topics, without any server."""

import asyncio
from datetime import date

import pytest
from aiokafka.errors import (
    InvalidReplicationFactorError,
    InvalidTopicError,
    NotControllerError,
    TopicAlreadyExistsError,
)

from schemas.topics import Topic
from stream_processor.provision.days import days_around, partition_sql
from stream_processor.provision.errors import NotYet, ProvisionError
from stream_processor.provision.migrations import in_order, read_migrations, still_needed
from stream_processor.provision.topics import check_partitions, corrected, judge_creation
from stream_processor.provision.waiting import wait_for

FILES = {"0002_more.sql": "select 2", "0001_initial.sql": "select 1", "0003_last.sql": "select 3"}
TOPIC = Topic("a", 12, 1_000, 100)


def test_migrations_are_ordered_by_number_and_come_with_the_package() -> None:
    assert [migration.version for migration in in_order(FILES)] == [1, 2, 3]
    assert read_migrations()[0].name == "initial"


@pytest.mark.parametrize("name", ["2_more.sql", "0002-more.sql", "0002_More.sql", "notes.sql"])
def test_a_name_that_is_no_migration_is_refused(name: str) -> None:
    with pytest.raises(ProvisionError, match="NNNN_name"):
        in_order({"0001_initial.sql": "", name: ""})


@pytest.mark.parametrize(
    "names", [["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["0002_a.sql"]]
)
def test_a_gap_or_a_number_used_twice_is_refused(names: list[str]) -> None:
    with pytest.raises(ProvisionError, match="missing or used twice"):
        in_order(dict.fromkeys(names, ""))


def test_only_what_is_missing_is_applied() -> None:
    known = in_order(FILES)
    assert still_needed(known, []) == known
    assert still_needed(known, [(1, known[0].sha256), (2, known[1].sha256)]) == known[2:]


def test_a_file_that_was_changed_after_it_was_applied_is_refused_by_name() -> None:
    known = in_order(FILES)
    with pytest.raises(ProvisionError, match=r"0002_more\.sql was changed.*new migration"):
        still_needed(known, [(1, known[0].sha256), (2, "another")])


def test_a_database_that_is_ahead_of_the_program_is_refused() -> None:
    with pytest.raises(ProvisionError, match="at least as new"):
        still_needed(in_order(FILES), [(4, "x")])


def test_days_reach_from_eight_back_to_three_ahead() -> None:
    days = days_around(date(2026, 3, 1))
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 21), date(2026, 3, 4), 12)


def test_a_partition_holds_one_day() -> None:
    sql = partition_sql("requests", date(2026, 12, 31))
    assert "requests_2026_12_31" in sql
    assert "from ('2026-12-31') to ('2027-01-01')" in sql


def test_another_partition_count_is_refused_with_what_to_do() -> None:
    check_partitions([TOPIC], {"a": 12})
    with pytest.raises(ProvisionError, match=r"12.*FLOWSERVE_PARTITIONS.*never changed in place"):
        check_partitions([TOPIC], {"a": 6})
    with pytest.raises(NotYet):
        check_partitions([TOPIC], {})


def test_a_drifted_configuration_is_corrected_and_an_operators_own_entry_kept() -> None:
    right = [(name, value, 1) for name, value in TOPIC.config().items()]
    others = [("min.insync.replicas", "2", 1), ("flush.ms", "9", 5)]
    assert corrected(TOPIC, right + others) is None
    wrong = [(name, "77" if name == "retention.ms" else value, 1) for name, value, _ in right]
    assert corrected(TOPIC, wrong + others) == {**TOPIC.config(), "min.insync.replicas": "2"}


@pytest.mark.parametrize("kind", [InvalidReplicationFactorError, NotControllerError])
def test_a_broker_that_is_not_complete_yet_is_waited_for(kind: type[Exception]) -> None:
    with pytest.raises(NotYet):
        judge_creation("a", kind, None)


def test_a_topic_made_by_another_is_fine_and_a_real_refusal_is_not() -> None:
    judge_creation("a", TopicAlreadyExistsError, None)
    with pytest.raises(ProvisionError, match="did not create the topic a"):
        judge_creation("a", InvalidTopicError, None)


async def test_waiting_ends_at_its_deadline_with_the_last_reason() -> None:
    async def never() -> None:
        raise ConnectionRefusedError("refused")

    with pytest.raises(ProvisionError, match=r"Kafka was not ready within 0\.3 s: refused"):
        await wait_for("Kafka", never, (OSError,), 0.3)


async def test_an_attempt_that_hangs_is_cut_off_at_the_deadline() -> None:
    with pytest.raises(ProvisionError, match="TimeoutError"):
        await wait_for("Kafka", asyncio.Event().wait, (OSError,), 0.2)
