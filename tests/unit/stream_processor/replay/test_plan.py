"""Which transactions a plan folds, which it scores, and what a run is called."""

import msgspec
import numpy as np
import pytest

from cli.replay_arguments import parse
from schemas.problems import Refusal
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.plan import Flags, Plan, Wanted, about, default_run_id, select
from tests.support.actors import rules
from tests.unit.stream_processor.replay.histories import CLIENT, DAY, START, history_of, transaction

AT = START.timestamp()
DAYS = history_of([transaction(number, number * DAY, customer=f"c-{number % 7}") for number in range(100)])


def days(plan: Plan) -> tuple[list[int], list[int]]:
    """The days that are folded and those that are scored."""
    chosen, wanted = select(DAYS, plan)
    number = ((chosen.table["micros"] // 1_000_000 - AT) // DAY).astype(int)
    assert (chosen.transactions, wanted.count(chosen)) == (len(number), flags(chosen, wanted).sum())
    return number.tolist(), number[flags(chosen, wanted)].tolist()


def flags(history: History, wanted: Wanted) -> Flags:
    return np.concatenate([wanted(table) for table in history.tables()])


def test_everything_is_scored_unless_a_range_is_given() -> None:
    assert days(Plan()) == (list(range(100)), list(range(100)))


def test_a_range_holds_its_first_moment_and_not_its_last() -> None:
    plan = Plan(first=AT + 60 * DAY, end=AT + 63 * DAY, warm_up_seconds=2 * DAY)
    assert days(plan) == ([58, 59, 60, 61, 62], [60, 61, 62])


def test_a_warm_up_is_all_there_is_unless_told_otherwise() -> None:
    folded, scored = days(Plan(first=AT + 60 * DAY))
    assert (folded[0], scored[0]) == (0, 60)


def test_stored_rows_are_read_from_45_days_before_the_range_unless_told_otherwise() -> None:
    def warm_up(*words: str) -> float | None:
        return parse(words).plan.warm_up_seconds

    assert [warm_up(source) for source in ("bank.csv", "requests", "rows")] == [None, None, 45 * DAY]
    assert [warm_up(source, "--warm-up", "7d") for source in ("bank.csv", "rows")] == [7 * DAY] * 2


def test_a_range_without_transactions_is_refused_and_the_message_says_where_they_lie() -> None:
    with pytest.raises(ReplayError, match="they lie between 2026-02-01T00:00:00Z and 2026-05-11T00:00:00Z"):
        select(DAYS, Plan(first=AT + 200 * DAY))


def test_a_client_without_transactions_is_named() -> None:
    with pytest.raises(ReplayError, match=f"there are no transactions of client {CLIENT}"):
        select(history_of([]), Plan())


def test_a_history_of_nothing_but_refusals_is_still_a_history() -> None:
    chosen, wanted = select(history_of([Refusal("malformed", "No.")]), Plan())
    assert (len(chosen.table), wanted.count(chosen), len(chosen.refused)) == (0, 0, 1)


def test_a_sample_takes_whole_customers_always_the_same_and_folds_all() -> None:
    many = history_of([transaction(number, number, customer=f"c-{number % 500}") for number in range(2_000)])
    chosen, chooses = select(many, Plan(sample=0.2))
    wanted = flags(chosen, chooses)
    customers = chosen.table["customer_id"]
    assert len(chosen.table) == 2_000
    assert set(customers[wanted]).isdisjoint(customers[~wanted])
    assert 0.1 < wanted.mean() < 0.3
    np.testing.assert_array_equal(flags(*select(many, Plan(sample=0.2))), wanted)
    larger = flags(*select(many, Plan(sample=0.5)))
    assert (larger & wanted).sum() == wanted.sum()


def test_the_same_replay_has_the_same_name_and_another_has_another() -> None:
    def name(plan: Plan) -> str:
        return default_run_id(about(DAYS, plan, rules().model))

    assert name(Plan()) == name(Plan()) == name(Plan(speed=100.0))
    others = [Plan(sample=0.5), Plan(first=AT), Plan(label_delay_days=1), Plan(warm_up_seconds=0)]
    assert len({name(Plan()), *map(name, others)}) == 5


def test_what_a_run_is_asked_survives_the_database() -> None:
    facts = about(DAYS, Plan(first=AT, sample=0.1), rules().model)
    assert msgspec.json.decode(msgspec.json.encode(facts)) == facts
