"""The small pure parts: Prefer, Accept, windows, the key of a call and the settings' own checks."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from ingest_api.accept_header import wants_ndjson
from ingest_api.call import Call
from ingest_api.keys import ApiKey
from ingest_api.prefer_header import Preference, parse_prefer
from ingest_api.settings import ApiSettings
from ingest_api.summary import counts, parse_window
from schemas.problems import Refusal
from schemas.trace_context import new_trace


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Preference(2)),
        ("", Preference(2)),
        ("respond-async", Preference(0, "respond-async")),
        ("Respond-Async", Preference(0, "respond-async")),
        ("wait=5", Preference(5, "wait=5")),
        ("wait=0", Preference(0, "wait=0")),
        ('wait="7"', Preference(7, "wait=7")),
        ("handling=lenient, wait=3; foo", Preference(3, "wait=3")),
        ("wait=999", Preference(30, "wait=30")),
        ("wait=99999999999999999999999", Preference(30, "wait=30")),
        ("wait=-1", Preference(2)),
        ("wait=1.5", Preference(2)),
        ("wait=٣", Preference(2)),
        ("wait", Preference(2)),
    ],
)
def test_a_preference_is_read_as_the_rfc_says_and_nonsense_is_ignored(
    value: str | None, expected: Preference
) -> None:
    assert parse_prefer(value, 2, 30) == expected


@pytest.mark.parametrize(
    ("accept", "ndjson"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/x-ndjson", True),
        ("text/html, application/x-ndjson;q=0.9", True),
        ("text/html, */*;q=0.1", False),
    ],
)
def test_the_form_of_the_log_follows_the_accept_header(accept: str | None, ndjson: bool) -> None:
    assert wants_ndjson(accept) is ndjson


def test_a_form_that_cannot_be_given_is_refused() -> None:
    with pytest.raises(Refusal, match="not_acceptable"):
        wants_ndjson("text/html")


@pytest.mark.parametrize(("text", "seconds"), [("900", 900), ("15m", 900), ("1h", 3600), ("7d", 604_800)])
def test_a_window_is_seconds_or_a_number_with_a_unit(text: str, seconds: int) -> None:
    assert parse_window(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0", "-1", "1w", "h", "61d", "1 h", "999999999d", "1.5h"])
def test_a_window_that_is_none_is_refused_with_its_pointer(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_window(text)
    assert refused.value.errors[0].pointer == "/window"


def test_no_counts_are_an_empty_object() -> None:
    assert counts(None) == {}
    assert counts('{"rest": 2}') == {"rest": 2}


def test_a_rate_limit_below_the_size_of_a_batch_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError):
        ApiSettings(rate_limit_per_second=99)


def test_a_reply_partition_that_does_not_exist_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="REPLY_PARTITION"):
        ApiSettings(reply_partition=16, reply_partitions=16)


def test_a_call_has_a_known_key_behind_the_gate_and_is_a_bug_elsewhere() -> None:
    call = Call("r-1", new_trace(), 0.0)
    with pytest.raises(LookupError, match="not behind the gate"):
        _ = call.known_key
    with pytest.raises(LookupError, match="not behind the gate"):
        _ = call.client_id
    call.key = ApiKey("k-1", "bank", b"hash", frozenset())
    assert (call.known_key.key_id, call.client_id) == ("k-1", "bank")
