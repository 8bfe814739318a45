"""Any text where the API expects a cursor, a window, a preference, a trace or a name is used or refused."""

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_api.accept_header import wants_ndjson
from ingest_api.cursor import decode_cursor, decode_run_cursor, encode_cursor
from ingest_api.prefer_header import parse_prefer
from ingest_api.summary import parse_window
from ingest_api.validation import read_batch, read_feedback, read_transaction
from schemas.problems import Refusal
from schemas.trace_context import carried
from tests.support.any_record import values

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLACE = json.loads(base64.urlsafe_b64decode(encode_cursor(NOW, 1, 2, "f") + "=="))
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)


@pytest.mark.parametrize("decode", [decode_cursor, decode_run_cursor])
@QUICK
@given(
    changes=st.dictionaries(st.sampled_from([*PLACE, "r", "x"]), ANY, max_size=3),
    gone=st.sets(st.sampled_from("tpof")),
)
def test_a_cursor_of_somebodys_making_is_used_or_refused(
    decode: Callable[[str, str], object], changes: dict[str, object], gone: set[str]
) -> None:
    content = {name: value for name, value in {**PLACE, **changes}.items() if name not in gone}
    text = base64.urlsafe_b64encode(json.dumps(content).encode("utf-8", "surrogatepass")).decode()
    with contextlib.suppress(Refusal):
        decode(text.rstrip("="), "f")


@QUICK
@given(st.text(max_size=60))
def test_a_header_or_parameter_is_used_or_refused(text: str) -> None:
    assert 0 <= parse_prefer(text, 2, 30).wait <= 30
    for trace in (carried(text), carried(TRACE, text)):
        assert trace is None or trace.tracestate in ("", text)
    for read in (wants_ndjson, parse_window):
        with contextlib.suppress(Refusal):
            read(text)


@pytest.mark.parametrize(
    "read", [lambda body: read_transaction(body, NOW.timestamp()), read_feedback, read_batch]
)
@QUICK
@given(value=values)
def test_a_body_is_read_or_refused(read: Callable[[bytes], object], value: bytes | None) -> None:
    with contextlib.suppress(Refusal):
        read(value or b"")
