"""A caller's trace is carried on or left out, never altered; a new one is like any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.trace_context import carried, new_trace, usable_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"
CARD = "4012888888881881"


def test_a_context_is_carried_on_as_it_is() -> None:
    trace = carried(GOOD, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
    assert trace is not None
    assert trace.trace_id == TRACE
    assert trace.wire() == [
        ("traceparent", GOOD.encode()),
        ("tracestate", b"congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        "4111111111111111",
        GOOD.upper(),
        GOOD + "-x",
        GOOD[:-1],
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{CARD}-01",
        f"00-{'a' * 16}{CARD}-{SPAN}-01",
        GOOD + "\n",
        "é",
    ],
)
def test_what_is_no_context_is_not_carried_on_nor_is_its_state(bad: str | None) -> None:
    assert carried(bad, "a=1") is None


@pytest.mark.parametrize("bad", ["x" * 513, "a\0", "a\n", "é=1", f"card={CARD}", "", None])
def test_a_state_that_cannot_travel_is_left_out(bad: str | None) -> None:
    assert carried(GOOD, bad) == (GOOD, "")


@given(st.integers(0, 2**192 - 1))
def test_a_new_trace_can_be_carried_on(number: int) -> None:
    sources = iter([number.to_bytes(24, "big"), b"\xab" * 24])
    trace = new_trace(lambda _: next(sources))
    assert carried(trace.traceparent) == trace


def test_a_new_trace_never_spells_a_card_number() -> None:
    sources = iter([bytes.fromhex("ab" * 8 + CARD + "ab" * 8), bytes.fromhex("ab" * 16 + CARD), b"\xab" * 24])
    assert new_trace(lambda _: next(sources)).traceparent == f"00-{'ab' * 16}-{'ab' * 8}-00"


@given(st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", fullmatch=True))
def test_the_quick_look_finds_what_the_careful_one_finds(text: str) -> None:
    assert usable_traceparent(text.encode()) == (carried(text) is not None or "0" * 16 in text)
