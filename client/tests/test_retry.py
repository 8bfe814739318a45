"""Pauses: what the service asked for and a little more, otherwise twice as long each time; always bounded."""

from flowserve_client.retry import Limits, Retry


def limits(attempts: int = 5, deadline: float = 100.0, chance: float = 1.0) -> Limits:
    return Limits(Retry(attempts, 0.2, 1.0), deadline, clock=lambda: 0.0, chance=lambda: chance)


def test_pauses_double_up_to_the_most_and_end_after_the_attempts() -> None:
    made = limits(attempts=6)
    assert [made.pause(None) for _ in range(6)] == [0.2, 0.4, 0.8, 1.0, 1.0, None]
    made = limits(chance=0.0)
    assert [made.pause(None) for _ in range(2)] == [0.1, 0.2]


def test_retry_after_is_the_least_and_jitter_comes_on_top() -> None:
    assert limits(chance=0.0).pause(2.0) == 2.0
    assert 2.0 < (limits(chance=1.0).pause(2.0) or 0) <= 3.0


def test_nobody_waits_past_the_deadline() -> None:
    assert limits(deadline=1.5).pause(2.0) is None
