"""The limit of declines: a person decides while the model wants to decline too many, and only then.

Whoever owns the partition, and however it came by its state, decides the same.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.counters import Counters
from schemas.outcomes import FOLD_VERSION, Fold, encoder, fold_decoder
from schemas.topics import PREDICTIONS, REQUESTS
from stream_processor.pipeline.declines import KEPT_MINUTES, DeclineLimit, Declines
from stream_processor.pipeline.rules import Rules
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import NOW_MS, actor_on, rules
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.records import NOW, body, request

LIMIT = DeclineLimit(share=0.4, minutes=3, fewest=5)
SMALL, LARGE = 1_200, 900_000
MINUTE_MS = 60_000


def limited(limit: DeclineLimit | None = LIMIT) -> Rules:
    return replace(rules(), decline_limit=limit)


def broker_with(records: Sequence[FakeRecord]) -> FakeBroker:
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    broker.log(REQUESTS, 0).extend(records)
    return broker


async def nowhere(_: int) -> None:
    return


async def decide(actor: PartitionActor, records: Sequence[FakeRecord], batch: int = 4) -> None:
    for first in range(0, len(records), batch):
        await actor.handle(cast(Any, records[first : first + batch]), 0, nowhere)


def asked(amounts: Sequence[int], seconds_apart: int = 1) -> list[FakeRecord]:
    """Requests of customers who are seen once."""
    return [
        request(place, body(place, f"c-{place}", amount), arrived=NOW + place * seconds_apart)
        for place, amount in enumerate(amounts)
    ]


def answered(broker: FakeBroker) -> list[tuple[str, list[str]]]:
    """Decision and codes of the reasons, in the order of the log."""
    values = [json.loads(record.value or b"") for record in broker.log(PREDICTIONS, 0)]
    return [(value["decision"], [reason["code"] for reason in value["reasons"]]) for value in values]


async def test_beyond_the_limit_a_person_decides_and_the_prediction_says_so() -> None:
    records = asked([LARGE] * 8)
    broker, counters = broker_with(records), Counters()
    await decide(actor_on(broker, counters, chosen=limited), records)
    found = answered(broker)
    assert [decision for decision, _ in found] == ["decline"] * 5 + ["review"] * 3
    assert [codes[0] == "decline_limit" for _, codes in found] == [False] * 5 + [True] * 3
    assert all(codes[1:] == found[0][1] for _, codes in found[5:])
    last = json.loads(broker.log(PREDICTIONS, 0)[-1].value or b"")["reasons"][0]
    assert "decline 7 of the last 7" in last["message"]
    assert (last["feature"], last["contribution"]) == ("score", 0.0)  # no feature of the model's
    assert counters.values()["flowserve_scorer_declines_held_total"] == 3


async def test_it_lets_go_once_the_model_is_calm_again() -> None:
    records = asked([LARGE] * 6 + [SMALL] * 12 + [LARGE])
    broker = broker_with(records)
    await decide(actor_on(broker, chosen=limited), records)
    assert [decision for decision, _ in answered(broker)][5] == "review"
    assert answered(broker)[-1][0] == "decline"


async def test_it_lets_go_once_the_window_has_passed() -> None:
    records = asked([LARGE] * 12, seconds_apart=40)
    broker = broker_with(records)
    await decide(actor_on(broker, chosen=limited), records)
    assert {decision for decision, _ in answered(broker)} == {"decline"}


async def test_without_a_limit_the_model_has_the_last_word() -> None:
    records = asked([LARGE] * 20)
    broker = broker_with(records)
    await decide(actor_on(broker, chosen=lambda: limited(None)), records)
    assert {decision for decision, _ in answered(broker)} == {"decline"}


@settings(max_examples=60, deadline=None)
@given(
    amounts=st.lists(st.sampled_from([SMALL, LARGE, LARGE]), min_size=1, max_size=40),
    seconds_apart=st.integers(0, 40),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    batch=st.integers(1, 9),
)
def test_one_that_took_over_decides_as_one_that_never_stopped(
    amounts: list[int], seconds_apart: int, cuts: list[int], batch: int
) -> None:
    records = asked(amounts, seconds_apart)
    ends = [*sorted(cuts), len(records)]

    async def lived(folder: Path) -> None:
        steady, handed_on = broker_with(records), broker_with(records)
        never_stopped = actor_on(steady, chosen=limited)
        await decide(never_stopped, records)
        for place, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            # By turns from a snapshot of the last but one, and from the log alone.
            actor = actor_on(handed_on, chosen=limited, folder=folder if place % 2 == 0 else folder / "none")
            await decide(actor, records[start:end], batch)
            await actor.mature(0)
            if place % 2 == 0:
                await actor.snapshot()
        assert answered(handed_on) == answered(steady)
        assert actor.state.declines.content() == never_stopped.state.declines.content()

    with TemporaryDirectory() as folder:
        asyncio.run(lived(Path(folder)))


def test_counts_are_kept_for_an_hour() -> None:
    declines = Declines()
    for minute in range(200):
        declines.note(minute * MINUTE_MS, minute % 2 == 0)
    assert sorted(declines.content()) == list(range(200 - KEPT_MINUTES, 200))


def test_a_copy_is_changed_by_itself() -> None:
    first = Declines()
    first.note(0, True)
    second = first.copy()
    second.note(0, True)
    assert (first.content(), second.content()) == ({0: (1, 1)}, {0: (2, 2)})


def test_a_fold_of_before_there_were_limits_is_read_still() -> None:
    fold = Fold(FOLD_VERSION, 7, 8, declined=1)
    old = json.dumps(json.loads(encoder.encode(fold))[:-1]).encode()
    assert fold_decoder.decode(old) == Fold(FOLD_VERSION, 7, 8)


def test_declines_at_the_share_to_the_last_are_within_the_limit() -> None:
    declines = Declines()
    for place in range(10):
        declines.note(NOW_MS, place < 4)
    assert declines.beyond(LIMIT, NOW_MS) is None
    declines.note(NOW_MS, True)
    assert declines.beyond(LIMIT, NOW_MS) == (11, 5)


def test_an_hour_is_remembered_and_no_minute_more() -> None:
    declines = Declines()
    for minute in (0, 1, KEPT_MINUTES):
        declines.note(minute * MINUTE_MS, True)
    assert declines.content() == {1: (1, 1), 60: (1, 1)}
