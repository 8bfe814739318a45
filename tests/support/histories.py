"""Random histories of one partition: new, late, repeated, conflicting and unreadable requests over months."""

from hypothesis import strategies as st

from tests.support.fake_log import FakeRecord
from tests.support.records import NOW, body, raw, request

HOUR = 3_600
DAY = 86_400

# (transaction, customer, client, amount, seconds since the record before, seconds before its arrival)
Event = tuple[int, int, int, int, int, int]

EVENTS: st.SearchStrategy[list[Event]] = st.lists(
    st.tuples(
        st.integers(-1, 9),
        st.integers(0, 2),
        st.integers(0, 1),
        st.sampled_from([0, 500, 9_000, 120_000]),
        st.sampled_from([0, 0, 1, 60, HOUR, DAY, 20 * DAY, 46 * DAY]),
        st.sampled_from([0, 0, 0, -200, HOUR, 5 * DAY, 39 * DAY]),
    ),
    min_size=1,
    max_size=40,
)


def history(events: list[Event]) -> list[FakeRecord]:
    """The records of a history; a transaction of number -1 is unreadable.

    The times of a transaction hang on its number and its arrival, so a repeat may be one or a conflict.
    """
    records: list[FakeRecord] = []
    arrived = NOW - 900 * DAY
    first: dict[tuple[int, int, int, int], int] = {}
    for offset, (number, customer, client, amount, gap, age) in enumerate(events):
        arrived += gap
        wire = [("client_id", f"client-{client}".encode())]
        if number < 0:
            records.append(raw(offset, b"{", b"c-1", wire, arrived))
            continue
        name = (number, customer, client, amount)
        at = first.setdefault(name, arrived - age)
        content = body(number, f"c-{customer}", amount, at)
        records.append(request(offset, content, wire, arrived))
    return records


def split(records: list[FakeRecord], sizes: list[int]) -> list[list[FakeRecord]]:
    """The records in batches of these sizes, over and over."""
    batches, place, turn = [], 0, 0
    while place < len(records):
        size = sizes[turn % len(sizes)]
        batches.append(records[place : place + size])
        place, turn = place + size, turn + 1
    return batches
