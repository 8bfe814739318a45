"""The check of published schemas fires for every kind of breaking change, and for no other change."""

import copy
import json
from collections.abc import Callable

import pytest

from schemas.generate import FOLDER
from tests.support.compatibility import Schema, breaks_consumers, breaks_producers

Change = Callable[[Schema], object]


def transaction() -> Schema:
    read: Schema = json.loads((FOLDER / "transaction.json").read_text())
    return read


def prediction() -> Schema:
    read: Schema = json.loads((FOLDER / "prediction.json").read_text())
    return read


def changed(schema: Schema, change: Change) -> Schema:
    copied = copy.deepcopy(schema)
    change(copied)
    return copied


def fields(schema: Schema, name: str = "Prediction") -> Schema:
    """The fields of a document, or of the type that it names."""
    found: Schema = schema["$defs"][name]["properties"] if "$defs" in schema else schema["properties"]
    return found


BREAK_PRODUCERS: dict[str, tuple[Change, str]] = {
    "a new required field": (
        lambda s: (s["properties"].update(made_up={"type": "string"}), s["required"].append("made_up")),
        "/made_up: is needed, and may be missing",
    ),
    "an optional field that is required now": (
        lambda s: s["required"].append("note"),
        "/note: is needed, and may be missing",
    ),
    "a removed field": (lambda s: s["properties"].pop("terminal_id"), "/terminal_id: was removed"),
    "a renamed field": (
        lambda s: s["properties"].update(terminal=s["properties"].pop("terminal_id")),
        "/terminal_id: was removed",
    ),
    "another type": (lambda s: fields(s)["amount"].update(type="string"), "integer does not go for string"),
    "a narrower type": (
        lambda s: fields(s)["weight"].update(type="integer"),
        "/weight: number does not go for integer",
    ),
    "a type without null": (lambda s: fields(s)["note"].update(type="string"), "null does not go for string"),
    "a shorter text": (lambda s: fields(s)["customer_id"].update(maxLength=64), "maxLength 128 is above 64"),
    "a longer least text": (lambda s: fields(s)["customer_id"].update(minLength=2), "minLength 1 is below 2"),
    "a new limit": (
        lambda s: fields(s)["weight"].update(exclusiveMaximum=10),
        "exclusiveMaximum None is above 10",
    ),
    "a higher minimum": (lambda s: fields(s)["amount"].update(minimum=1), "minimum 0 is below 1"),
    "a lower maximum": (lambda s: fields(s)["amount"].update(maximum=10), "is above 10"),
    "another pattern": (lambda s: fields(s)["currency"].update(pattern="^EUR$"), "is not ^EUR$"),
    "a new pattern": (lambda s: fields(s)["customer_id"].update(pattern="^c"), "pattern None is not ^c"),
    "a new format": (lambda s: fields(s)["customer_id"].update(format="uuid"), "format None is not uuid"),
    "a smaller enum": (lambda s: fields(s)["door"].update(enum=["web"]), "/door: a value outside of ['web']"),
    "a new enum": (lambda s: fields(s)["currency"].update(enum=["EUR"]), "/currency: a value outside of"),
    "fewer items": (lambda s: fields(s)["tags"].update(maxItems=1), "maxItems 5 is above 1"),
    "narrower items": (lambda s: fields(s)["tags"]["items"].update(maxLength=3), "/tags/*: maxLength None"),
    "extra fields refused": (
        lambda s: fields(s)["extra"].update(additionalProperties=False),
        "/extra/*: other fields are refused",
    ),
    "a keyword that the check does not know": (
        lambda s: fields(s)["amount"].update(multipleOf=5),
        "this check does not know multipleOf",
    ),
}
BREAK_CONSUMERS: dict[str, tuple[Change, str]] = {
    "a removed field": (lambda s: fields(s).pop("score"), "/score: was removed"),
    "a removed field of a part": (
        lambda s: fields(s, "Reason").pop("message"),
        "/reasons/*/message: was removed",
    ),
    "a field that may be missing now": (
        lambda s: s["$defs"]["Prediction"]["required"].remove("score"),
        "/score: is needed, and may be missing",
    ),
    "another type": (lambda s: fields(s)["score"].update(type="string"), "string does not go for number"),
    "a wider type": (
        lambda s: fields(s)["decision"].update(type=["string", "null"]),
        "null does not go for string",
    ),
    "a field that may be null now": (
        lambda s: fields(s).update(score={"anyOf": [{"type": "number"}, {"type": "null"}]}),
        "/score: null does not go for number",
    ),
    "a value that no reader knows": (
        lambda s: fields(s)["decision"]["enum"].append("hold"),
        "/decision: a value outside of",
    ),
    "any text in place of an enum": (
        lambda s: fields(s).update(decision={"type": "string"}),
        "/decision: a value outside of",
    ),
    "features of another type": (
        lambda s: fields(s)["features"]["additionalProperties"]["anyOf"].append({"type": "string"}),
        "/features/*: string does not go for",
    ),
    "another default": (
        lambda s: fields(s)["note"].update(default="none"),
        "/note: the default is another",
    ),
}
BREAK_NO_PRODUCER: dict[str, Change] = {
    "a new optional field": lambda s: fields(s).update(made_up={"type": "string"}),
    "a field that is optional now": lambda s: s["required"].remove("terminal_id"),
    "a higher maximum": lambda s: fields(s)["amount"].update(maximum=10**15),
    "no maximum": lambda s: fields(s)["amount"].pop("maximum"),
    "a wider type": lambda s: fields(s)["amount"].update(type="number"),
    "another type beside it": lambda s: fields(s)["amount"].update(type=["integer", "null"]),
    "no pattern": lambda s: fields(s)["currency"].pop("pattern"),
    "a larger enum": lambda s: fields(s)["door"]["enum"].append("phone"),
    "other words": lambda s: s.update(description="Better said.", title="A transaction"),
}
BREAK_NO_CONSUMER: dict[str, Change] = {
    "a new field": lambda s: fields(s).update(risk_level={"enum": ["normal", "highest"]}),
    "a smaller enum": lambda s: fields(s)["decision"]["enum"].remove("review"),
    "a stricter limit": lambda s: fields(s)["score"].update(minimum=0, maximum=1),
    "a narrower type": lambda s: fields(s)["score"].update(type="integer"),
    "other words": lambda s: s["$defs"]["Prediction"].update(description="Better said."),
}


def sent() -> Schema:
    """The transaction, with kinds of fields that it does not have yet."""
    more: Schema = {
        "note": {"type": ["string", "null"]},
        "weight": {"type": "number"},
        "door": {"enum": ["web", "shop"]},
        "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
        "extra": {"type": "object"},
    }
    return changed(transaction(), lambda schema: schema["properties"].update(more))


def answered() -> Schema:
    """The prediction, with an optional field that it does not have yet."""
    note: Schema = {"note": {"type": "string", "default": ""}}
    return changed(prediction(), lambda schema: fields(schema).update(note))


@pytest.mark.parametrize("kind", BREAK_PRODUCERS)
def test_a_producer_is_protected_from(kind: str) -> None:
    change, word = BREAK_PRODUCERS[kind]
    found = breaks_producers(sent(), changed(sent(), change))
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize("kind", BREAK_CONSUMERS)
def test_a_consumer_is_protected_from(kind: str) -> None:
    change, word = BREAK_CONSUMERS[kind]
    found = breaks_consumers(answered(), changed(answered(), change))
    assert any(word in sentence for sentence in found), found


@pytest.mark.parametrize("kind", BREAK_NO_PRODUCER)
def test_no_producer_minds(kind: str) -> None:
    assert breaks_producers(sent(), changed(sent(), BREAK_NO_PRODUCER[kind])) == []


@pytest.mark.parametrize("kind", BREAK_NO_CONSUMER)
def test_no_consumer_minds(kind: str) -> None:
    assert breaks_consumers(answered(), changed(answered(), BREAK_NO_CONSUMER[kind])) == []
