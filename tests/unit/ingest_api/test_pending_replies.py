"""Those who wait: each gets its own reply once, or None at its time; their number is bounded."""

import asyncio

import pytest

from ingest_api.pending_replies import PendingReplies, Reply
from schemas.problems import Refusal

REPLY = Reply("scored", b"{}")


async def test_a_reply_reaches_the_one_who_waits_for_it() -> None:
    pending = PendingReplies(10)
    first, second = pending.open(b"1", 60), pending.open(b"2", 60)
    assert pending.resolve(b"2", REPLY)
    assert await second is REPLY
    assert not first.done()
    assert len(pending) == 1
    pending.close_all()


async def test_a_reply_that_comes_twice_or_late_finds_nobody() -> None:
    pending = PendingReplies(10)
    pending.open(b"1", 60)
    assert pending.resolve(b"1", REPLY)
    assert not pending.resolve(b"1", REPLY)
    assert not pending.resolve(b"unknown", REPLY)


async def test_who_waits_too_long_gets_none_and_leaves_no_trace() -> None:
    pending = PendingReplies(10)
    assert await pending.open(b"1", 0.001) is None
    assert len(pending) == 0


async def test_a_reply_after_the_caller_has_gone_does_no_harm() -> None:
    pending = PendingReplies(10)
    waiting = pending.open(b"1", 60)
    waiting.cancel()
    assert pending.resolve(b"1", REPLY)


async def test_a_full_map_refuses_before_anything_is_sent() -> None:
    pending = PendingReplies(1)
    waiting = pending.open(b"1", 60)
    with pytest.raises(Refusal, match="overloaded"):
        pending.open(b"2", 60)
    pending.close(b"1")
    assert await waiting is None
    pending.open(b"2", 60)
    pending.close_all()


async def test_at_a_stop_everyone_is_told() -> None:
    pending = PendingReplies(10)
    waiting = [pending.open(str(number).encode(), 60) for number in range(5)]
    pending.close_all()
    assert await asyncio.gather(*waiting) == [None] * 5
