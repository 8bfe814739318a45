"""Headers: those that are usable are used, the others are counted, and a reply needs a whole address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers
from schemas.topics import REQUESTS
from stream_processor.pipeline.envelope import Envelope, ReplyTo, read_envelope
from tests.support.records import Wire, raw

UUID7 = b"0193a5f0-7b1c-7c3d-8e4f-0123456789ab"


def read(wire: Wire, offset: int = 3) -> Envelope:
    return read_envelope(raw(offset, b"{}", wire=wire), reply_partitions=4)


def test_a_record_without_headers_is_the_default_clients_on_the_kafka_door() -> None:
    assert read([]) == Envelope(
        "default", identifiers.record_request_id(REQUESTS, 0, 3), "kafka", None, None, (), 0
    )


def test_the_headers_of_the_rest_door_are_all_read() -> None:
    wire = [
        ("client_id", b"acme"),
        ("request_id", UUID7),
        ("source", b"rest"),
        ("correlation_id", b"\x00\xff"),
        ("reply_partition", b"3"),
        ("deadline", b"1795000000000"),
        ("tracestate", b"vendor=1"),
        ("traceparent", b"00-abc"),
    ]
    trace = (("traceparent", b"00-abc"), ("tracestate", b"vendor=1"))
    to = ReplyTo(b"\x00\xff", 3, 1_795_000_000_000, trace)
    assert read(wire) == Envelope("acme", UUID7.decode(), "rest", to, b"\x00\xff", trace, 0)


@pytest.mark.parametrize(
    ("wire", "carried", "unusable"),
    [
        ([("traceparent", b"p" * 128), ("tracestate", b"s" * 512)], 2, 0),
        ([("traceparent", b"p" * 129), ("tracestate", b"s")], 0, 2),
        ([("traceparent", b""), ("tracestate", b"s")], 0, 2),
        ([("traceparent", b"p"), ("tracestate", b"s" * 513)], 1, 1),
        ([("traceparent", b"p"), ("tracestate", b"")], 1, 1),
        ([("tracestate", b"s")], 0, 1),
    ],
)
def test_a_trace_travels_on_within_its_bounds_and_its_state_never_alone(
    wire: Wire, carried: int, unusable: int
) -> None:
    found = read(wire)
    assert (len(found.trace), found.unusable) == (carried, unusable)


def test_log_lines_name_the_trace_of_the_usual_form() -> None:
    assert read([("traceparent", f"00-{'a' * 32}-{'b' * 16}-01".encode())]).trace_id == "a" * 32
    assert read([("traceparent", b"00-abc")]).trace_id is None
    assert read([]).trace_id is None


def test_the_request_id_of_a_record_hangs_on_its_place_alone() -> None:
    assert read([], 3).request_id == read([("x", b"y")], 3).request_id
    assert read([], 3).request_id != read([], 4).request_id


@pytest.mark.parametrize("bad", [b"", b"no-uuid", b"\xff" * 36, b"g" * 36, UUID7 + b"0", b"x" * 100_000])
def test_a_bad_request_id_is_replaced_and_counted(bad: bytes) -> None:
    found = read([("request_id", bad)])
    assert (found.request_id, found.unusable) == (read([]).request_id, 1)


@pytest.mark.parametrize("client", [b"", b"a b", b"x" * 65, "é".encode(), b"\xff", b"a\n", b"a\0b"])
def test_a_client_that_cannot_be_is_no_client(client: bytes) -> None:
    assert read([("client_id", client)]).client_id is None


@pytest.mark.parametrize(
    ("wire", "unusable"),
    [
        ([("reply_partition", b"0")], 1),
        ([("correlation_id", b""), ("reply_partition", b"0")], 2),
        ([("correlation_id", b"x" * 129), ("reply_partition", b"0")], 2),
        ([("correlation_id", b"x"), ("reply_partition", b"4")], 1),
        ([("correlation_id", b"x"), ("reply_partition", b"-1")], 1),
        ([("correlation_id", b"x"), ("reply_partition", b"")], 1),
        ([("correlation_id", b"x"), ("reply_partition", "１".encode())], 1),
        ([("correlation_id", b"x"), ("reply_partition", b"9" * 5_000)], 1),
        ([("correlation_id", b"x"), ("reply_partition", b"0"), ("deadline", b"soon")], 1),
        ([("correlation_id", b"x"), ("reply_partition", b"0"), ("deadline", b"1" * 16)], 1),
    ],
)
def test_an_address_that_is_not_whole_gets_no_reply_and_each_header_is_counted_that_spoils_it(
    wire: Wire, unusable: int
) -> None:
    found = read(wire)
    assert (found.reply_to, found.unusable) == (None, unusable)


@pytest.mark.parametrize("correlation_id", [b"x", b"x" * 128])
def test_a_correlation_id_within_its_bounds_travels_on(correlation_id: bytes) -> None:
    found = read([("correlation_id", correlation_id)])
    assert (found.correlation_id, found.reply_to, found.unusable) == (correlation_id, None, 0)


def test_an_answer_may_be_awaited_without_a_deadline() -> None:
    assert read([("correlation_id", b"x"), ("reply_partition", b"0")]).reply_to == ReplyTo(b"x", 0, None)


def test_the_first_of_a_repeated_header_counts() -> None:
    wire = [("client_id", b"first"), ("client_id", b"second"), ("source", b"rest"), ("source", b"kafka")]
    assert (read(wire).client_id, read(wire).source) == ("first", "rest")


@pytest.mark.parametrize("source", [b"replay", b"REST", b"", b"\xff"])
def test_only_the_rest_door_calls_itself_rest(source: bytes) -> None:
    assert read([("source", source)]).source == "kafka"


NAMES = st.sampled_from(
    ["client_id", "request_id", "source", "correlation_id", "reply_partition", "deadline", "traceparent", "x"]
)


@given(st.lists(st.tuples(NAMES, st.one_of(st.none(), st.binary(max_size=200), st.just(b"1"))), max_size=12))
def test_no_headers_whatever_raise(wire: list[tuple[str, bytes]]) -> None:
    found = read(wire)
    assert found.unusable >= 0
    assert found.reply_to is None or 0 <= found.reply_to.partition < 4
