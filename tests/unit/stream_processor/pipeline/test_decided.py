"""What a customer's transactions were decided as: found by id only, the oldest forgotten first."""

import pytest

from flowserve_ml.features.definitions import MAX_REMEMBERED_ROWS
from stream_processor.pipeline.memory import Decided


def rows(*entries: tuple[int, int, int, int]) -> Decided:
    decided = Decided()
    for entry in entries:
        decided.add(*entry)
    return decided


def test_a_transaction_is_found_with_its_body_and_the_place_of_its_answer() -> None:
    assert rows((-5, 7, 100, 3), (6, -8, 101, 4)).find(6) == (-8, 4)
    assert rows((-5, 7, 100, 3)).find(-5) == (7, 3)
    assert rows((-5, 7, 100, 3)).find(5) is None


def test_a_body_hash_or_a_time_that_equals_an_id_is_not_that_id() -> None:
    decided = rows((1, 99, 55, 77))
    assert [decided.find(number) for number in (99, 55, 77)] == [None, None, None]


@pytest.mark.parametrize("count", [2, 63, 64, 65, 66, 300])
def test_among_however_many_the_right_one_is_found_and_what_is_no_id_is_not(count: int) -> None:
    decided = rows(*[(number, -number, 10_000 + number, 20_000 + number) for number in range(1, count + 1)])
    for number in range(1, count + 1):
        assert decided.find(number) == (-number, 20_000 + number)
        assert [decided.find(other + number) for other in (10_000, 20_000)] == [None, None]
    assert decided.find(-1) is None


@pytest.mark.parametrize("count", [2, 65])
def test_what_is_not_later_than_the_horizon_is_not_found_and_a_later_row_of_the_same_id_is(
    count: int,
) -> None:
    decided = rows((7, 1, 100, 0), *[(-number, 0, 100, 0) for number in range(1, count)], (7, 2, 101, 5))
    assert decided.find(7, 99) == (1, 0)
    assert decided.find(7, 100) == (2, 5)
    assert decided.find(7, 101) is None


def test_bytes_that_lie_across_two_numbers_are_no_id() -> None:
    across = int.from_bytes(b"\x00\x00\x00\x00" + b"\x01\x02\x03\x04", "little", signed=True)
    decided = rows((0, 0x04030201, 0, 0), (across, 5, 1, 2))
    assert decided.find(across) == (5, 2)


def test_an_id_that_begins_within_a_match_before_it_is_found() -> None:
    assert rows((5, 0, 1, 3), (0, 9, 1, 4)).find(0) == (9, 4)


def test_only_the_front_is_forgotten() -> None:
    decided = rows((1, 0, 10, 0), (2, 0, 30, 1), (3, 0, 20, 2))
    decided.forget(20)
    assert [decided.find(number) is not None for number in (1, 2, 3)] == [False, True, True]
    decided.forget(30)
    assert len(decided) == 0


def test_beyond_the_cap_the_oldest_goes() -> None:
    decided = rows(*[(number, 0, number, number) for number in range(1, MAX_REMEMBERED_ROWS + 2)])
    assert len(decided) == MAX_REMEMBERED_ROWS
    assert (decided.find(1), decided.find(2)) == (None, (0, 2))


def test_a_copy_is_independent() -> None:
    decided = rows((1, 0, 10, 0))
    twin = Decided(bytearray(decided.pack()))
    twin.add(2, 0, 11, 1)
    assert (len(decided), len(twin)) == (1, 2)
    assert decided != twin
