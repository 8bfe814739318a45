"""What the soak calls growth: a slope an hour, and the ends of the curve; and what a process holds."""

import os
import socket
from types import SimpleNamespace
from typing import cast

from tests.faults.crew import Member
from tests.soak.growth import Growth, growth
from tests.soak.samples import look


def test_a_flat_curve_does_not_grow_and_a_rising_one_does_by_its_slope_an_hour() -> None:
    assert growth([(5.0 * at, 64.0) for at in range(100)]) == Growth(64.0, 64.0, 0.0)
    assert growth([(3_600.0 * at, 10.0 + 2 * at) for at in range(10)]) == Growth(11.0, 27.0, 2.0)


def test_one_peak_is_no_growth_at_the_ends_of_the_curve() -> None:
    found = growth([(5.0 * at, 500.0 if at == 50 else 64.0) for at in range(100)])
    assert (found.first, found.last) == (64.0, 64.0)


def test_a_process_is_seen_with_its_memory_descriptors_and_established_connections() -> None:
    member = cast(Member, SimpleNamespace(name="me", starts=3, process=SimpleNamespace(pid=os.getpid())))
    (before,) = look([member], 1.0)
    assert (before.name, before.start, before.at) == ("me", 3, 1.0)
    assert before.memory_mb > 5
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        there, _ = server.accept()
        with there:
            (after,) = look([member], 2.0)
    assert (after.descriptors - before.descriptors, after.connections - before.connections) == (3, 2)


def test_a_process_that_is_gone_has_no_sample() -> None:
    gone = cast(Member, SimpleNamespace(name="gone", starts=1, process=SimpleNamespace(pid=None)))
    assert look([gone], 1.0) == []
