"""A header that travels on with its request must not take a card number to where it is kept longer."""

import pytest

from schemas.clients import client_of
from schemas.trace_context import carried
from stream_processor.pipeline.envelope import read_envelope
from tests.support.records import raw

CARD = b"4012888888881881"
SPELLINGS = (CARD, b"5105 1051 0510 5100", b"id-" + CARD, CARD.decode().encode("utf-16"))


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.parametrize("name", ["correlation_id", "traceparent", "tracestate"])
def test_a_header_with_a_card_number_is_counted_and_does_not_travel_on(name: str, text: bytes) -> None:
    trace = [("traceparent", b"00-abc")] if name == "tracestate" else []
    found = read_envelope(raw(3, b"{}", wire=[(name, text), *trace]), reply_partitions=4)
    assert found.correlation_id is None
    assert list(found.trace) == trace
    assert found.unusable == 1


def test_a_client_whose_name_is_a_card_number_is_no_client() -> None:
    assert read_envelope(raw(3, b"{}", wire=[("client_id", CARD)]), reply_partitions=4).client_id is None
    assert client_of(CARD) is None


def test_an_id_of_the_api_is_used_whatever_its_digits() -> None:
    """It is random, so that some look like a card number: no caller may lose an answer by that."""
    made = b"ab" + CARD + b"cdef0123456789"
    assert len(made) == 32
    found = read_envelope(raw(3, b"{}", wire=[("correlation_id", made)]), reply_partitions=4)
    assert found.correlation_id == made


def test_a_trace_that_spells_a_card_number_is_not_carried_on() -> None:
    trace = f"00-{'a' * 32}-{{}}-01"
    assert carried(trace.format(CARD.decode())) is None
    assert carried(trace.format("b" * 16)) is not None
