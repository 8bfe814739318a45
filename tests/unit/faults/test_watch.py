"""How long something has waited, and since when nothing does."""

from tests.faults.watch import Backlog, calm_since


def test_the_oldest_request_that_is_not_decided_tells_the_backlog() -> None:
    backlog = Backlog()
    assert backlog.seconds(10.0, {0: 5, 1: 1}, {0: 0, 1: 1}) == 0.0
    assert backlog.seconds(12.0, {0: 9, 1: 1}, {0: 4, 1: 1}) == 2.0
    assert backlog.seconds(13.0, {0: 9, 1: 1}, {0: 5, 1: 1}) == 1.0
    assert backlog.seconds(14.0, {0: 9, 1: 1}, {0: 9, 1: 1}) == 0.0


def test_what_is_delivered_again_is_as_much_traffic_as_came_since_the_commit_however_long_ago() -> None:
    backlog = Backlog()
    assert backlog.span(10.0, {0: 5}, {0: 5}) == 0.0
    assert backlog.span(50.0, {0: 5}, {0: 5}) == 0.0
    assert backlog.span(50.5, {0: 9}, {0: 5}) == 0.5
    assert backlog.span(51.5, {0: 12}, {0: 5}) == 1.5
    assert backlog.span(60.0, {0: 12}, {0: 5}) == 1.5
    assert backlog.span(61.0, {0: 12}, {0: 12}) == 0.0


def test_calm_is_when_nothing_waited_for_a_second_for_long_enough() -> None:
    lags = [(0.0, 0.0), (1.0, 3.0), (2.0, 0.5), (3.0, 1.5), (4.0, 0.2), (5.0, 0.1), (6.0, 0.0)]
    assert calm_since(lags, 0.5, 1.5) == 4.0
    assert calm_since(lags, 0.5, 2.5) is None
    assert calm_since(lags[:4], 0.5, 1.5) is None
