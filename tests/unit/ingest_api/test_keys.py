"""API keys in memory: found by hash, refreshed, bounded in age, and never a load on the database."""

import asyncio
from collections.abc import Sequence

import pytest

from ingest_api.keys import ApiKey, KeyRing
from schemas.problems import Refusal
from tests.unit.ingest_api.fakes import KEY, READER, api_key

HEADER = f"Bearer {KEY}"


class Clock:
    """Monotonic seconds that the test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


class Database:
    """What a load answers; counts how often it is asked."""

    def __init__(self, *keys: ApiKey) -> None:
        self.keys = list(keys)
        self.down = False
        self.asked = 0

    async def __call__(self) -> Sequence[ApiKey]:
        self.asked += 1
        if self.down:
            raise Refusal("store_unavailable")
        return list(self.keys)


def ring(database: Database, clock: Clock, now: float = 0.0, stale: float = 60.0) -> KeyRing:
    return KeyRing(database, clock, lambda: now, stale, clock.sleep)


async def code_of(keys: KeyRing, header: str | None) -> str:
    with pytest.raises(Refusal) as refused:
        await keys.identify(header)
    return refused.value.code


async def test_a_key_is_found_and_brings_its_client_and_scopes() -> None:
    keys = ring(Database(api_key(KEY, "read", client="bank")), Clock())
    await keys.refresh()
    found = await keys.identify(HEADER)
    assert (found.client_id, found.scopes) == ("bank", frozenset({"read"}))
    assert await keys.identify(f"bearer  {KEY}") is found


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", f"Basic {KEY}", KEY, "Bearer fs_short", f"Bearer {KEY}x"]
)
async def test_what_is_no_key_is_refused_without_asking_the_database(header: str | None) -> None:
    database = Database(api_key(KEY))
    keys = ring(database, Clock())
    await keys.refresh()
    assert await code_of(keys, header) == "unauthenticated"
    assert database.asked == 1


async def test_a_key_that_was_made_a_moment_ago_works_at_once() -> None:
    clock, database = Clock(), Database(api_key(READER))
    keys = ring(database, clock)
    await keys.refresh()
    database.keys.append(api_key(KEY))
    clock.at += 0.001
    await keys.identify(HEADER)
    assert clock.at < 100.1


async def test_guessers_share_one_reading_a_second_and_refuse_no_new_key() -> None:
    clock, database = Clock(), Database(api_key(READER))
    keys = ring(database, clock)
    await keys.refresh()
    clock.at += 5
    for _ in range(3):
        guesses = [code_of(keys, "Bearer fs_" + f"{number:043d}") for number in range(50)]
        assert set(await asyncio.gather(*guesses)) == {"unauthenticated"}
        clock.at += 0.001
    assert database.asked == 4
    assert clock.at >= 107
    database.keys.append(api_key(KEY))
    await keys.identify(HEADER)


async def test_a_revoked_key_stops_at_the_next_refresh() -> None:
    database = Database(api_key(KEY))
    keys = ring(database, Clock())
    await keys.refresh()
    await keys.identify(HEADER)
    database.keys.clear()
    await keys.refresh()
    assert await code_of(keys, HEADER) == "unauthenticated"


async def test_an_expired_key_stops_without_any_refresh() -> None:
    database = Database(api_key(KEY, expires_at=50.0))
    for now, live in ((49.9, True), (50.0, False)):
        keys = ring(database, Clock(), now)
        await keys.refresh()
        if live:
            await keys.identify(HEADER)
        else:
            assert await code_of(keys, HEADER) == "unauthenticated"


async def test_a_database_outage_locks_nobody_out_until_the_keys_are_stale() -> None:
    clock, database = Clock(), Database(api_key(KEY))
    keys = ring(database, clock, stale=60)
    assert await keys.refresh()
    database.down = True
    assert not await keys.refresh()
    assert not keys.healthy
    assert await code_of(keys, f"Bearer {READER}") == "store_unavailable"
    clock.at = 160.0
    await keys.identify(HEADER)
    clock.at += 1
    assert not keys.usable()
    assert await code_of(keys, HEADER) == "not_ready"
    database.down = False
    await keys.refresh()
    await keys.identify(HEADER)


async def test_without_a_first_reading_the_answer_names_the_database() -> None:
    database = Database()
    database.down = True
    keys = ring(database, Clock())
    with pytest.raises(Refusal) as refused:
        await keys.identify(HEADER)
    assert refused.value.code == "not_ready"
    assert "database" in refused.value.detail
