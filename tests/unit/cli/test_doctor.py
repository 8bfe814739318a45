"""`flowserve doctor`: what it makes of what it sees, and that parts that are down are told, not raised."""

import asyncio
import json

import pytest

from cli.doctor.check import Check, looked
from cli.doctor.command import main, settings_check
from cli.doctor.database import skew_check
from cli.doctor.kafka import stamp_check, topic_checks
from cli.doctor.machine import disk_check
from cli.doctor.rest import readiness_checks
from cli.settings import ConsoleSettings
from schemas.settings import ProcessSettings
from schemas.topics import REQUESTS, all_topics

COUNTS = {topic.name: topic.partitions for topic in all_topics()}


def test_with_everything_down_every_part_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "FLOWSERVE_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "FLOWSERVE_API_URL": "http://127.0.0.1:1",
        "FLOWSERVE_MODELS_DIR": "/nowhere",
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["--json", "--timeout", "5"]) == 3
    found = {check["part"]: check for check in json.loads(capsys.readouterr().out)}
    assert set(found) == {"kafka", "postgresql", "api", "model", "disk"}
    down = [found[name] for name in ("kafka", "postgresql", "api", "model")]
    assert {check["state"] for check in down} == {"bad"}
    assert all(check["todo"] for check in down)


def test_where_something_is_bad_and_nobody_said_where_it_is_the_way_to_say_it_comes_first() -> None:
    good, bad = Check("kafka", "ok", "answers"), Check("kafka", "bad", "no answer")
    (hint,) = settings_check(ConsoleSettings(), [good, bad])
    assert 'eval "$(flowserve env)"' in hint.todo
    assert settings_check(ConsoleSettings(), [good]) == []
    assert settings_check(ConsoleSettings(kafka_bootstrap="127.0.0.1:1"), [bad]) == []


async def test_a_part_that_hangs_costs_its_time_only() -> None:
    async def never() -> list[Check]:
        await asyncio.Event().wait()
        return []

    assert await looked("kafka", never, "help", 0.01) == [
        Check("kafka", "bad", "no answer within 0.01 s", "help")
    ]


def test_topics_that_are_missing_or_have_other_partitions_are_named() -> None:
    settings = ProcessSettings()
    assert [check.state for check in topic_checks(COUNTS, settings)] == ["ok"]
    (missing,) = topic_checks({}, settings)
    assert REQUESTS in missing.detail
    (wrong,) = topic_checks(COUNTS | {REQUESTS: 3}, settings)
    assert f"{REQUESTS} has 3, not 12" in wrong.detail
    assert stamp_check("LogAppendTime").state == "ok"
    assert stamp_check("CreateTime").state == "bad"


def test_what_the_api_says_of_its_parts_leads_to_the_part() -> None:
    parts = {"keys": {"ok": True}, "database": {"ok": False, "detail": "PostgreSQL does not answer."}}
    (degraded,) = readiness_checks({"status": "degraded", "parts": parts})
    assert (degraded.state, degraded.detail) == ("look", "database: PostgreSQL does not answer.")
    assert "PostgreSQL" in degraded.todo
    assert [check.state for check in readiness_checks({"status": "ready", "parts": {}})] == ["ok"]


@pytest.mark.parametrize(("free", "state"), [(50, "ok"), (3, "look"), (0.2, "bad")])
def test_room_on_the_disk(free: float, state: str) -> None:
    assert disk_check("/data", free).state == state


@pytest.mark.parametrize(("seconds", "state"), [(0.1, "ok"), (-0.9, "ok"), (30, "look"), (-30, "look")])
def test_clocks(seconds: float, state: str) -> None:
    assert skew_check("PostgreSQL's", seconds).state == state
