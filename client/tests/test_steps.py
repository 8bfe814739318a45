"""What a call asks of the service, by a clock that is told."""

from flowserve_client import Retry, Transaction, steps
from flowserve_client.retry import Limits
from flowserve_client.steps import Answer, Call

PURCHASE = Transaction(customer_id="c-42", terminal_id="t-7", amount=1250, currency="EUR")
BUSY = Answer(503, {"code": "overloaded", "retryable": True}, {"retry-after": "1"})


class Clock:
    """Monotonic seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_retry_has_the_service_wait_for_no_longer_than_is_left_by_then() -> None:
    clock = Clock()
    doing = steps.predict(PURCHASE, Limits(Retry(), 6.5, clock, lambda: 0.0))
    first = next(doing)
    assert isinstance(first, Call)
    assert (first.headers, first.left) == ({"Prefer": "wait=5"}, 6.5)
    assert doing.send(BUSY) == 1.0
    clock.now = 4.0
    second = doing.send(None)
    assert isinstance(second, Call)
    assert (second.headers, second.left) == ({"Prefer": "wait=2"}, 2.5)
    assert second.body == first.body


def test_what_is_handed_in_without_waiting_still_knows_how_much_time_is_left() -> None:
    call = next(steps.submit(PURCHASE, Limits(Retry(), 6.5, Clock())))
    assert isinstance(call, Call)
    assert (call.headers, call.wait, call.left) == ({"Prefer": "respond-async"}, None, 6.5)
