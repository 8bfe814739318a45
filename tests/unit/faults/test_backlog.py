"""How long something has waited, and since when nothing does."""

from tests.faults.backlog import Arrivals, Backlog, calm_since


def test_the_oldest_request_that_is_not_decided_tells_the_backlog() -> None:
    backlog = Backlog()
    assert backlog.seconds(10.0, {0: 5, 1: 1}, {0: 0, 1: 1}) == 0.0
    assert backlog.seconds(12.0, {0: 9, 1: 1}, {0: 4, 1: 1}) == 2.0
    assert backlog.seconds(13.0, {0: 9, 1: 1}, {0: 5, 1: 1}) == 1.0
    assert backlog.seconds(14.0, {0: 9, 1: 1}, {0: 9, 1: 1}) == 0.0


def test_what_is_delivered_again_is_as_much_traffic_as_came_since_the_commit() -> None:
    arrivals = Arrivals()
    for at, end in ((10.0, 5), (50.0, 5), (50.5, 9), (51.5, 12)):
        arrivals.look(at, {0: end, 1: 0})
    assert arrivals.seconds({0: 5}, {0: 5}) == 0.0
    assert arrivals.seconds({0: 5}, {0: 9}) == 0.0
    assert arrivals.seconds({0: 5}, {0: 10, 1: 0}) == 1.0
    assert arrivals.seconds({0: 4}, {0: 12}) == 41.5
    assert arrivals.seconds({}, {0: 1}) == 0.0


def test_traffic_that_no_look_has_seen_yet_counts_as_of_the_last_one() -> None:
    arrivals = Arrivals()
    arrivals.look(10.0, {0: 5})
    arrivals.look(11.0, {0: 6})
    assert arrivals.seconds({0: 0}, {0: 9}) == 1.0


def test_calm_is_when_nothing_waited_for_a_second_for_long_enough() -> None:
    behind = [0.0, 0.0, 3.0, 3.5, 0.5, 0.4, 1.5, 1.0, 0.2, 0.2, 0.1, 0.0, 0.0]
    lags = [(number / 2, lag) for number, lag in enumerate(behind)]
    assert calm_since(lags, 0.5, 1.5) == 4.0
    assert calm_since(lags, 0.5, 2.5) is None
    assert calm_since(lags[:8], 0.5, 1.5) is None


def test_a_second_in_which_nobody_looked_is_not_calm() -> None:
    blind = [(0.1, 0.0), (1.7, 0.0)]
    assert calm_since(blind, 0.0, 1.5) is None
    assert calm_since([*blind, (2.1, 0.0), (2.9, 0.0), (3.3, 0.0)], 0.0, 1.5) is None
    assert calm_since([*blind, (2.1, 0.0), (2.9, 0.0), (3.3, 0.0), (3.7, 0.0)], 0.0, 1.5) == 2.1
