"""When a dead process is started again."""

import itertools

from local_stack.backoff import LONGEST_SECONDS, STABLE_SECONDS, Backoff


def test_waits_double_from_half_a_second_up_to_the_longest() -> None:
    backoff = Backoff()
    waits = [backoff.after(0.1) for _ in range(8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]


def test_a_stable_run_starts_the_waits_anew() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(1.0)
    assert backoff.after(STABLE_SECONDS) == 0.5
    assert backoff.after(1.0) == 1.0


def test_a_run_just_short_of_stable_does_not() -> None:
    backoff = Backoff()
    waits = [backoff.after(STABLE_SECONDS - 0.001) for _ in range(10)]
    assert all(later >= earlier for earlier, later in itertools.pairwise(waits))
    assert waits[-1] == LONGEST_SECONDS
