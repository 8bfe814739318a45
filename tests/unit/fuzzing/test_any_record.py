"""Any record at all has an outcome, a dead letter and a row; none breaks what reads it or its neighbours."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.card_numbers import holds_card_number
from schemas.clients import read_client
from schemas.feedback import decode_feedback
from schemas.problems import Refusal
from schemas.transaction import decode
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.dead_letters import Payloads, dead_letter
from stream_processor.sink.batch import Place, read_slice, rows_by_table
from tests.support.actors import rules
from tests.support.any_record import keys, records, values
from tests.support.fake_log import FakeRecord
from tests.support.records import body, codes, decided, request

NOW = datetime(2026, 11, 24, tzinfo=UTC)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))


def check_the_scorer(odd: FakeRecord) -> None:
    """`internal_error` would be an exception that nobody foresaw."""
    state = PartitionState()
    results = decided([request(0, body(7)), odd, request(2, body(8))], state, rules())
    before, found, after = codes(results)
    assert (before, after) == ("scored", "scored")
    assert found != "internal_error"
    if results[1].refused is not None:
        key, value, wire = dead_letter(results[1], Payloads(b"key"), 0)
        parts = [key or b"", value or b"", *(text or b"" for _, text in wire)]
        assert not any(holds_card_number(part.decode("latin-1")) for part in parts)


def check_the_sink(topic: str, odd: FakeRecord) -> None:
    """A row, or a note why there is none; the offset moves on either way."""
    part = read_slice(Place(topic, 0), 1, [odd], NOW)
    assert part.next == 2
    for rows in rows_by_table([part]).values():
        for row in rows:
            assert all("\0" not in value for value in row if isinstance(value, str))


@QUICK
@given(records(topics.REQUESTS, 1))
def test_the_scorer_decides_any_record(odd: FakeRecord) -> None:
    check_the_scorer(odd)


@pytest.mark.slow
@LONG
@given(records(topics.REQUESTS, 1))
def test_the_scorer_decides_very_many_records(odd: FakeRecord) -> None:
    check_the_scorer(odd)


@pytest.mark.parametrize("topic", [topics.REQUESTS, topics.PREDICTIONS, topics.FEEDBACK, topics.DEAD_LETTERS])
@QUICK
@given(st.data())
def test_the_sink_stores_any_record(topic: str, data: st.DataObject) -> None:
    check_the_sink(topic, data.draw(records(topic, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("topic", [topics.REQUESTS, topics.PREDICTIONS, topics.FEEDBACK, topics.DEAD_LETTERS])
@LONG
@given(st.data())
def test_the_sink_stores_very_many_records(topic: str, data: st.DataObject) -> None:
    check_the_sink(topic, data.draw(records(topic, 1)))


@pytest.mark.parametrize("read", [decode, decode_feedback])
@QUICK
@given(value=values)
def test_a_body_is_read_or_refused(read: Callable[[bytes | None], object], value: bytes | None) -> None:
    with contextlib.suppress(Refusal):
        read(value)


@QUICK
@given(key=keys, value=values)
def test_a_line_of_the_client_list_is_read_or_refused(key: bytes | None, value: bytes | None) -> None:
    with contextlib.suppress(ValueError):
        name, active = read_client(key, value)
        assert name.isascii()
        assert isinstance(active, bool)
