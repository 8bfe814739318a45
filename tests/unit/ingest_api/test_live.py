"""The event stream: who may watch, what each watcher is told, and how it ends."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from ingest_api.health import Readiness
from ingest_api.live.events import News, event
from ingest_api.live.feeds import Feed, Feeds
from ingest_api.live.look import Behind, Eye, Look, SinkBook, State
from ingest_api.parts import Parts
from ingest_api.rows import LogEntry, LoggedRequest
from schemas.problems import Refusal
from tests.support.waiting import until

AT = datetime(2026, 11, 24, 9, 12, tzinfo=UTC)
STATE = State(AT, Readiness("ready", {}), None, None)


def entry(request_id: str) -> LogEntry:
    request = LoggedRequest(request_id, "tx", "c", "t", 1, "EUR", AT, "rest", AT)
    return LogEntry(request, "scored", None, None, None, None)


def look(*flagged: str) -> Look:
    return Look(STATE, None, [entry(each) for each in flagged])


async def watched(feed: Feed, looks: int) -> list[Look]:
    seen: list[Look] = []
    async for each in feed.looks():
        seen.append(each)
        if len(seen) == looks:
            break
    return seen


class Looker:
    """Counts its looks, by client."""

    def __init__(self) -> None:
        self.looks: list[str] = []

    async def __call__(self, client_id: str) -> Look:
        self.looks.append(client_id)
        return look(str(len(self.looks)))


async def test_watchers_of_one_client_share_its_looks_and_others_have_their_own() -> None:
    looker = Looker()
    feeds = Feeds(looker, 0.001, 8)
    with feeds.watch("a") as first, feeds.watch("a") as second, feeds.watch("b") as other:
        assert first is second
        assert other is not first
        one, two, _ = await asyncio.gather(watched(first, 3), watched(second, 3), watched(other, 1))
    assert one == two
    assert set(looker.looks) == {"a", "b"}


async def test_nobody_looks_where_nobody_watches() -> None:
    looker = Looker()
    feeds = Feeds(looker, 0.001, 8)
    with feeds.watch("a") as feed:
        await watched(feed, 1)
    seen = len(looker.looks)
    await asyncio.sleep(0.02)
    assert len(looker.looks) == seen


async def test_one_client_has_half_of_the_streams_at_most() -> None:
    feeds = Feeds(Looker(), 1, 3)
    with feeds.watch("a"), feeds.watch("a"):
        with pytest.raises(Refusal, match="overloaded"), feeds.watch("a"):
            pass
        with feeds.watch("b"), pytest.raises(Refusal, match="overloaded"), feeds.watch("c"):
            pass
    with feeds.watch("c"):
        pass


async def test_a_stop_ends_every_stream_and_lets_no_new_one_begin() -> None:
    feeds = Feeds(Looker(), 60, 8)
    with feeds.watch("a") as feed:
        watching = asyncio.create_task(watched(feed, 99))
        await asyncio.sleep(0.01)
        feeds.close()
        assert len(await asyncio.wait_for(watching, 5)) <= 1
    with pytest.raises(Refusal, match="not_ready"), feeds.watch("a"):
        pass


async def test_a_look_that_fails_fails_its_watchers_and_not_for_ever() -> None:
    async def broken(_: str) -> Look:
        raise ZeroDivisionError

    feeds = Feeds(broken, 0.001, 8)
    with feeds.watch("a") as feed, pytest.raises(ZeroDivisionError):
        await watched(feed, 1)
    with feeds.watch("a") as again:
        assert again is not feed


class Backlog(Eye):
    """An eye with a given past, or none while the database is down."""

    def __init__(self, *past: str) -> None:
        self.past: list[LogEntry] | None = [entry(each) for each in past]

    async def backlog(self, client_id: str) -> list[LogEntry]:
        if self.past is None:
            raise Refusal("store_unavailable")
        return self.past


async def test_a_watcher_is_told_of_the_past_first_and_then_of_each_once() -> None:
    news = News(Backlog("3", "2", "1"), "a")

    async def told(*newest: str) -> list[str]:
        return [each.request.request_id for each in await news.of(look(*newest))]

    assert await told("3") == ["1", "2", "3"]
    assert await told("4", "3") == ["4"]
    assert await told("4", "3") == []
    assert await told("6", "5") == ["5", "6"]
    assert await told("6", "5", "4", "3", "2") == []


async def test_the_past_is_told_once_the_database_answers() -> None:
    eye = Backlog("1")
    past, eye.past = eye.past, None
    news = News(eye, "a")
    assert await news.of(look("1")) == []
    eye.past = past
    assert len(await news.of(look("1"))) == 1


def test_an_event_is_a_name_and_one_line_of_json() -> None:
    assert event("x", {"a": "b\nc"}) == b'event: x\ndata: {"a":"b\\nc"}\n\n'


def test_the_sink_is_behind_by_what_it_has_not_stored_for_as_long_as_that_is_so() -> None:
    now = 100.0
    ends = {0: 10, 1: 5}
    book = SinkBook(lambda: ends, lambda: now)
    assert book.behind({0: 7, 1: 5}) == Behind(3, 0.0)
    now = 104.0
    assert book.behind({0: 9, 1: 5}) == Behind(1, 4.0)
    assert book.behind({0: 10, 1: 5}) == Behind(0, 0.0)
    assert SinkBook(lambda: None, lambda: now).behind({}) is None


async def test_without_the_database_the_stream_tells_the_state_and_nothing_else(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/v1/stream?seconds=0")
    assert answer.headers["content-type"].startswith("text/event-stream")
    names = [line for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names == ["event: state", "event: state"]


async def test_a_key_that_is_revoked_ends_its_stream(parts: Parts, client: httpx.AsyncClient) -> None:
    async def nothing() -> list[object]:
        return []

    asking = asyncio.create_task(client.get("/api/v1/stream?seconds=60"))
    await asyncio.sleep(0.05)
    parts.keys._load = nothing  # type: ignore[assignment]
    await parts.keys.refresh()
    assert (await asyncio.wait_for(asking, 5)).status_code == 200


async def test_a_look_that_failed_ends_its_watchers_and_the_next_one_looks_anew() -> None:
    looks = 0

    async def fails_once(client_id: str) -> Look:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError("a defect")
        return look("seen")

    feeds = Feeds(fails_once, 0.001, 8)
    with feeds.watch("a") as first:
        with pytest.raises(RuntimeError, match="a defect"):
            await watched(first, 1)
        with feeds.watch("a") as second:
            assert await watched(second, 1) == [look("seen")]
    await until(lambda: second.ended, "it ends with its last watcher", 5, every=0.001)
