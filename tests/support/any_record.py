"""Hypothesis strategies for records that nobody thought of: bytes, bent JSON, odd headers and keys."""

import json
from typing import Any

from hypothesis import strategies as st

from schemas import headers
from tests.support.fake_log import FakeRecord
from tests.support.records import NOW, body

_NAMES = sorted(value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str))
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """A good body of which some fields are something else."""
    content = dict(body(draw(st.integers(1, 5))))
    fields = st.sampled_from([*content, "unknown"])
    content |= draw(st.dictionaries(fields, _JSON, max_size=3))
    return json.dumps(content, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def _bent(draw: st.DrawFn) -> bytes:
    """Good bytes with a piece replaced."""
    text = json.dumps(body(1)).encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 12)))
    return text[:start] + draw(st.binary(max_size=12)) + text[end:]


values = st.none() | st.binary(max_size=200) | _bodies() | _bent()
keys = st.none() | st.just(b"c-1") | st.binary(max_size=40)
wires = st.lists(
    st.tuples(st.sampled_from(_NAMES) | st.text(max_size=12), st.binary(max_size=140) | st.none()), max_size=6
)


@st.composite
def records(draw: st.DrawFn, topic: str, offset: int) -> FakeRecord:
    """One record of partition 0, of this moment."""
    wire: Any = draw(wires)
    return FakeRecord(topic, 0, offset, NOW * 1_000, draw(keys), draw(values), wire)
