"""The arithmetic behind docs/overload.md: percentiles, recovery and progress."""

from benchmarks.load.caller import Call
from tests.overload.figures import percentile, recovered_after
from tests.overload.life import least_progress, longest_stall


def test_a_percentile_is_the_nearest_rank() -> None:
    assert percentile([], 0.99) is None
    assert percentile([float(number) for number in range(100)], 0.99) == 99
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2


def test_recovery_is_the_first_second_whose_callers_are_all_served_at_the_usual_speed() -> None:
    calls = [
        Call("a", 10.5, 2.0, 0),
        Call("b", 11.5, 0.9, 200),
        Call("c", 12.5, 0.1, 503),
        Call("d", 13.2, 0.1, 200),
        Call("e", 13.9, 0.2, 200),
    ]
    assert recovered_after(calls, 10, normal_ms=250) == 3
    assert recovered_after(calls[:3], 10, normal_ms=250) is None


def test_a_stall_is_the_time_between_two_looks_that_saw_growth() -> None:
    looks = [(0.0, 5), (1.0, 6), (2.0, 6), (5.0, 6), (6.0, 9), (7.0, 10)]
    assert longest_stall(looks) == 5
    assert least_progress(looks, 3) == 0
    assert least_progress(looks, 6) == 4
    assert least_progress(looks, 30) is None
