"""Dead letters: bytes and headers untouched, plus why; of a card number nothing but a keyed hash."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import headers
from schemas.card_numbers import holds_card_number
from schemas.topics import REQUESTS
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.dead_letters import Payloads, _holds_card, dead_letter
from tests.support.actors import rules
from tests.support.poison import VISA
from tests.support.records import Wire, body, decided, raw

KEY = b"secret"
Letter = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


def refused(value: bytes | None, key: bytes | None = b"c-1", wire: Wire = ()) -> Result:
    (result,) = decided([raw(7, value, key, wire)], PartitionState(), rules())
    return result


def letter(value: bytes | None, key: bytes | None = b"c-1", wire: Wire = ()) -> Letter:
    return dead_letter(refused(value, key, wire), Payloads(KEY), 123)


def everything(sent: Letter) -> bytes:
    key, value, wire = sent
    names = [name.encode() for name, _ in wire]
    return b"|".join([key or b"", value or b"", *names, *(text or b"" for _, text in wire)])


def test_key_value_and_headers_are_untouched_and_the_reason_follows() -> None:
    wire = [("a", b"\xff\x00"), ("a", b"twice"), ("client_id", b"alpha")]
    key, value, sent = letter(b"\xff{broken", b"\x00key", wire)
    assert (key, value, sent[:3]) == (b"\x00key", b"\xff{broken", wire)
    assert dict(sent[3:]) == {
        headers.DLQ_TOPIC: REQUESTS.encode(),
        headers.DLQ_PARTITION: b"0",
        headers.DLQ_OFFSET: b"7",
        headers.DLQ_TIMESTAMP: str(raw(0, b"").timestamp).encode(),
        headers.DLQ_STAGE: b"validate",
        headers.DLQ_ERROR_CODE: b"malformed",
        headers.DLQ_ERROR_MESSAGE: b"The body is not valid UTF-8 JSON.",
        headers.DLQ_ATTEMPTS: b"1",
        headers.DLQ_FAILED_AT: b"123",
        headers.DLQ_CLIENT: b"alpha",
    }


def test_a_null_value_stays_null() -> None:
    assert letter(None)[1] is None


def test_a_scored_record_has_no_dead_letter() -> None:
    with pytest.raises(ValueError, match="refused"):
        letter(json.dumps(body(1)).encode())


@pytest.mark.parametrize(
    ("key", "value", "wire"),
    [
        (b"c-1", b'{"customer_id": "' + VISA.encode() + b'"}', []),
        (b"c-1", b"\xff 4111 1111 1111 1111 \xff", []),
        (VISA.encode(), b"{", []),
        (b"c-1", b"{", [("note", b"card 4111-1111-1111-1111")]),
    ],
)
def test_a_card_number_anywhere_leaves_only_hash_and_length(key: bytes, value: bytes, wire: Wire) -> None:
    sent = letter(value, key, wire)
    digest = hmac.new(KEY, value, hashlib.sha256).hexdigest()
    assert sent[0] is None
    assert json.loads(sent[1] or b"") == {"hmac": digest, "length": len(value)}
    assert dict(sent[2])[headers.DLQ_PAYLOAD] == b"hmac"
    assert b"4111" not in everything(sent)


def test_where_no_payloads_are_kept_every_letter_has_only_hash_and_length() -> None:
    key, value, wire = dead_letter(refused(b"{broken", wire=[("note", b"x")]), Payloads(KEY, kept=False), 0)
    digest = hmac.new(KEY, b"{broken", hashlib.sha256).hexdigest()
    assert (key, json.loads(value or b"")) == (None, {"hmac": digest, "length": 7})
    assert (dict(wire)[headers.DLQ_PAYLOAD], dict(wire)[headers.DLQ_ERROR_CODE]) == (b"hmac", b"malformed")
    assert "note" not in dict(wire)


def test_the_trace_stays_where_all_else_of_a_letter_is_left_out() -> None:
    trace = [("traceparent", b"00-abc"), ("tracestate", b"a=1")]
    kept = dict(letter(VISA.encode(), wire=[*trace, ("note", b"x")])[2])
    assert [(name, kept[name]) for name, _ in trace] == trace
    assert "note" not in kept
    spelled = dict(letter(VISA.encode(), wire=[("traceparent", VISA.encode())])[2])
    assert "traceparent" not in spelled


def test_a_card_number_in_json_escapes_leaves_only_hash_and_length() -> None:
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in VISA)
    value = json.dumps(body(1)).replace("t-1", escaped).encode()
    entry = refused(value)
    assert entry.refused is not None
    assert entry.refused.code == "card_number"
    sent = dead_letter(entry, Payloads(KEY), 0)
    assert dict(sent[2]).get(headers.DLQ_PAYLOAD) == b"hmac"


def test_a_card_number_as_the_name_of_a_header_leaves_only_hash_and_length() -> None:
    assert VISA.encode() not in everything(letter(b"{", wire=[(VISA, b"x")]))


def test_a_card_number_in_utf_16_leaves_only_hash_and_length() -> None:
    sent = letter(f'{{"customer_id": "{VISA}"}}'.encode("utf-16"))
    assert dict(sent[2]).get(headers.DLQ_PAYLOAD) == b"hmac"


def test_a_record_that_does_not_fit_leaves_only_hash_and_length() -> None:
    _, value, wire = letter(b"x" * 2_000_000)
    assert json.loads(value or b"")["length"] == 2_000_000
    assert dict(wire)[headers.DLQ_PAYLOAD] == b"hmac"


def test_a_sender_who_sets_our_headers_cannot_hide_ours_from_a_reader_of_the_last_value() -> None:
    _, _, wire = letter(b"{", wire=[(headers.DLQ_OFFSET, b"0"), (headers.DLQ_ERROR_CODE, b"fine")])
    assert dict(wire)[headers.DLQ_OFFSET] == b"7"
    assert dict(wire)[headers.DLQ_ERROR_CODE] == b"malformed"


def test_a_dead_letter_always_fits_its_topic() -> None:
    """Compressed, such a record is a few kilobytes, so no limit of the broker keeps it out."""
    key, value, wire = letter(b"{", key=b"k" * 5_000_000)
    assert len(key or b"") + len(value or b"") + sum(len(text) for _, text in wire) < 2_000_000


@pytest.mark.parametrize("claimed", [b"two words", VISA.encode()])
def test_a_letter_of_nobody_is_nobodys(claimed: bytes) -> None:
    sent = letter(b"{", wire=[("client_id", claimed), (headers.DLQ_CLIENT, b"alpha")])
    assert dict(sent[2])[headers.DLQ_CLIENT] == b"unknown"


def test_a_letter_without_its_headers_still_says_whose_it_is() -> None:
    sent = letter(b"{" + VISA.encode(), wire=[("client_id", b"alpha")])
    assert dict(sent[2])[headers.DLQ_CLIENT] == b"alpha"


@pytest.mark.parametrize(("redrives", "attempts"), [(b"2", b"3"), (b"many", b"1"), (b"9" * 40, b"1")])
def test_every_redrive_is_an_attempt(redrives: bytes, attempts: bytes) -> None:
    sent = letter(b"{", wire=[(headers.REDRIVES, redrives)])
    assert dict(sent[2])[headers.DLQ_ATTEMPTS] == attempts


@given(
    st.lists(
        st.sampled_from([VISA, VISA[:4], "1111", "4", "1", " ", "-", "a", "Z", "\0", "\\u0034"]), max_size=30
    )
)
def test_the_quick_look_finds_what_the_whole_look_finds(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert _holds_card(text) is holds_card_number(text)
