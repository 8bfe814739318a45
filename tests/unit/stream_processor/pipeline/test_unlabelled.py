"""Rows that wait: taken out oldest first and never twice, whatever order they came in."""

from hypothesis import given
from hypothesis import strategies as st

from stream_processor.pipeline.unlabelled import Unlabelled, UnlabelledRows

IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
ROWS = st.lists(
    st.builds(
        Unlabelled,
        st.integers(-200, 400),
        st.integers(0, 2**48),
        IDS,
        IDS,
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
    ),
    max_size=30,
)
LOOKS = st.lists(st.tuples(st.integers(-250, 450), st.integers(1, 9)), max_size=8)


def made(rows: list[Unlabelled]) -> UnlabelledRows:
    unlabelled = UnlabelledRows()
    unlabelled.add(rows)
    return unlabelled


@given(ROWS)
def test_they_come_back_as_they_were_in_order_of_time(rows: list[Unlabelled]) -> None:
    assert list(made(rows)) == sorted(rows)


@given(ROWS, LOOKS)
def test_a_look_takes_the_oldest_up_to_its_second_and_leaves_the_others(
    rows: list[Unlabelled], looks: list[tuple[int, int]]
) -> None:
    unlabelled, left = made(rows), sorted(rows)
    for until, most in looks:
        expected = [row for row in left if row.at <= until][:most]
        assert unlabelled.take(until, most) == expected
        left = left[len(expected) :]
    assert list(unlabelled) == left


def test_a_look_at_the_first_second_of_a_minute_takes_what_is_of_that_second() -> None:
    first, second = Unlabelled(60, 1, "a", "b", 1, False), Unlabelled(61, 2, "a", "b", 2, True)
    waiting = made([second, first])
    assert (waiting.take(59, 9), waiting.take(60, 9), waiting.take(61, 9)) == ([], [first], [second])


@given(ROWS, ROWS)
def test_made_again_from_their_content_they_are_the_same_and_go_on(
    rows: list[Unlabelled], later: list[Unlabelled]
) -> None:
    again = UnlabelledRows(made(rows).content())
    again.add(later)
    assert again.take(1_000, 1_000) == sorted(rows + later)
    assert list(again) == []


def test_a_look_takes_no_more_than_it_may_though_it_began_in_an_earlier_minute() -> None:
    rows = [Unlabelled(at, 1, "a", "b", 1, False) for at in (0, 60, 61, 62, 63)]
    waiting = made(rows)
    assert (waiting.take(1_000, 3), waiting.take(1_000, 3)) == (rows[:3], rows[3:])
