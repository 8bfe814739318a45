"""The committed AsyncAPI document is what the types give, and it leaves out nothing that is on the topics."""

import json
from typing import Any

import jsonschema
import pytest

from schemas import headers, topics
from schemas.asyncapi import asyncapi_document
from schemas.generate import ASYNCAPI

DOCUMENT: dict[str, Any] = json.loads(ASYNCAPI.read_text())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
# What the parts tell each other; no contract with anybody else.
INTERNAL = {topics.TERMINAL_HISTORY, topics.CLIENTS}


def test_the_committed_document_is_current() -> None:
    assert json.loads(json.dumps(asyncapi_document())) == DOCUMENT, "run `make schemas`"


def test_every_topic_for_others_is_described() -> None:
    described = {channel["address"] for channel in DOCUMENT["channels"].values()}
    assert described == {topic.name for topic in topics.all_topics()} - INTERNAL


def test_every_header_is_described() -> None:
    names = {value for name, value in vars(headers).items() if name.isupper() and isinstance(value, str)}
    described = {name for message in MESSAGES.values() for name in message["headers"]["properties"]}
    assert described == names - {headers.DEFAULT_CLIENT, headers.UNKNOWN_CLIENT}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_the_example_of_a_message_is_one(name: str) -> None:
    message = MESSAGES[name]
    for example in message["examples"]:
        for side in ("headers", "payload"):
            schema = DOCUMENT | {"$ref": f"#/components/messages/{name}/{side}"}
            jsonschema.Draft202012Validator(schema).validate(example[side])


def test_the_schemas_tell_the_outcomes_apart() -> None:
    for name in ("prediction", "duplicate", "rejected"):
        for other in ("prediction", "duplicate", "rejected"):
            schema = DOCUMENT | {"$ref": f"#/components/messages/{name}/payload"}
            example = MESSAGES[other]["examples"][0]["payload"]
            assert jsonschema.Draft202012Validator(schema).is_valid(example) == (name == other)
