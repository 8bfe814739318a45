"""Retention by setting: on topics that are there already, and for rows by whole days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.provision.days import partition_sql
from tests.integration.erasure import stored
from tests.integration.erasure.conftest import Provision
from tests.support.containers import Broker

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


async def kept_ms(broker: Broker, topic: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return int({entry[0]: entry[1] for entry in answer.resources[0][4]}["retention.ms"])


def noon(days_ago: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - days_ago * DAY


async def test_topics_that_exist_get_the_retention_that_is_set_and_lose_it_again(
    broker: Broker, tables: Connection, provision: Provision
) -> None:
    assert await kept_ms(broker, topics.REQUESTS) == 7 * topics.DAY_MS
    code, output = await provision(
        requests_kept_days="2",
        state_kept_days="90",
        dead_letters_kept_days="3",
        replies_kept_minutes="20",
    )
    assert code == 0, output
    found = {topic.name: await kept_ms(broker, topic.name) for topic in topics.all_topics()}
    assert found == {
        topics.REQUESTS: 2 * topics.DAY_MS,
        topics.FEEDBACK: 90 * topics.DAY_MS,
        topics.PREDICTIONS: 90 * topics.DAY_MS,
        topics.TERMINAL_HISTORY: 90 * topics.DAY_MS,
        topics.DEAD_LETTERS: 3 * topics.DAY_MS,
        topics.REPLIES: 20 * topics.MINUTE_MS,
        topics.CLIENTS: topics.FOR_EVER,
    }
    await provision()
    assert await kept_ms(broker, topics.PREDICTIONS) == 60 * topics.DAY_MS


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("state_kept_days", "52", "FLOWSERVE_STATE_KEPT_DAYS must be 53 or more: a scorer rebuilds 45 days"),
        ("requests_kept_days", "0", "FLOWSERVE_REQUESTS_KEPT_DAYS must be 1 to 7"),
        ("requests_kept_days", "8", "FLOWSERVE_REQUESTS_KEPT_DAYS must be 1 to 7"),
        ("rows_kept_days", "7", "FLOWSERVE_ROWS_KEPT_DAYS must be 8 or more, or empty for ever"),
    ],
)
async def test_what_would_break_a_rebuild_is_refused(
    broker: Broker, tables: Connection, provision: Provision, name: str, value: str, said: str
) -> None:
    code, output = await provision(**{name: value})
    assert code != 0
    assert said in output
    assert await kept_ms(broker, topics.PREDICTIONS) == 60 * topics.DAY_MS


async def days_of(tables: Connection) -> list[date]:
    rows = await tables.fetch("select day from requests r join predictions p using (day, source_offset)")
    return sorted(row["day"] for row in rows)


async def fill(tables: Connection) -> None:
    """One request a day, of which the one of 30 days ago has no table of its own."""
    for days_ago in (0, 9, 10, 11, 40):
        for table in ("requests", "predictions"):
            try:
                await tables.execute(partition_sql(table, TODAY - days_ago * DAY))
            except Exception as error:
                raise AssertionError(table) from error
    for offset, days_ago in enumerate((0, 9, 10, 11, 30, 40)):
        await stored.decided(tables, offset, noon(days_ago))
        await stored.report(tables, offset, noon(days_ago))
        await stored.letter(tables, offset * 10, offset, noon(days_ago))
    await stored.replay(tables, "old", ["c-1"], noon(40))
    await stored.replay(tables, "new", ["c-1"], noon(1))
    await stored.replay(tables, "goes-on", ["c-1"], noon(40), state="running")


async def test_rows_stay_for_ever_unless_it_is_asked_for(tables: Connection, provision: Provision) -> None:
    await fill(tables)
    assert (await provision())[0] == 0
    assert len(await days_of(tables)) == 6


async def test_rows_go_by_whole_days_wherever_they_are(tables: Connection, provision: Provision) -> None:
    await fill(tables)
    for _ in range(2):  # the second finds nothing, and is as good
        code, output = await provision(rows_kept_days="10")
        assert code == 0, output
    assert await days_of(tables) == [TODAY - 10 * DAY, TODAY - 9 * DAY, TODAY]
    for table in ("feedback", "dead_letters", "redrives"):
        assert await tables.fetchval(f"select count(*) from {table}") == 3  # noqa: S608
    runs = await tables.fetch("select run_id from replay_predictions order by run_id")
    assert [row["run_id"] for row in runs] == ["goes-on", "new"]
    parts = await tables.fetch(
        "select relname from pg_class where relname like 'requests_2%' and relkind = 'r'"
    )
    oldest = min(row["relname"] for row in parts)
    assert oldest == f"requests_{TODAY - 10 * DAY:%Y_%m_%d}"
