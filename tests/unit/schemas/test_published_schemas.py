"""Nothing of the published v1 is broken: what producers send stays valid, what consumers read stays there."""

import json
from pathlib import Path

import pytest

from schemas.asyncapi import asyncapi_document
from schemas.generate import documents
from tests.support.compatibility import Schema, breaks_consumers, breaks_producers

PUBLISHED = Path(__file__).parents[3] / "schemas" / "published" / "v1"
SENT_TO_US = {"transaction.json", "feedback.json"}
CURE = "take the change back, or publish it as v2 on topics of its own"


def published(name: str) -> Schema:
    read: Schema = json.loads((PUBLISHED / name).read_text())
    return read


def current(name: str) -> Schema:
    found = asyncapi_document() if name == "asyncapi.json" else documents()[name]
    read: Schema = json.loads(json.dumps(found))
    return read


def of_message(document: Schema, message: str, side: str) -> Schema:
    """Headers or payload of a message, with the document that they refer to."""
    return document | {"$ref": f"#/components/messages/{message}/{side}"}


def topic_breaks(before: Schema, now: Schema) -> list[str]:
    """What ends on the topics: names, headers and payloads, in the direction of each topic."""
    receiving = [entry for entry in before["operations"].values() if entry["action"] == "receive"]
    read_by_us = {entry["channel"]["$ref"].removeprefix("#/channels/") for entry in receiving}
    found = []
    for name, channel in before["channels"].items():
        kept = now["channels"].get(name, {"address": None, "messages": {}})
        if kept["address"] != channel["address"]:
            found.append(f"{name}: the topic has another name")
        found += [f"{name}: {gone} is gone" for gone in channel["messages"].keys() - kept["messages"].keys()]
        breaks = breaks_producers if name in read_by_us else breaks_consumers
        for message in channel["messages"].keys() & kept["messages"].keys():
            for side in ("headers", "payload"):
                lines = breaks(of_message(before, message, side), of_message(now, message, side))
                found += [f"{message} {side}: {line}" for line in lines]
    return found


@pytest.mark.parametrize("name", sorted(file.name for file in PUBLISHED.glob("*.json")))
def test_no_published_document_is_gone(name: str) -> None:
    assert name in {*documents(), "asyncapi.json"}, CURE


@pytest.mark.parametrize("name", sorted(documents()))
def test_an_event_is_what_it_was_published_to_be(name: str) -> None:
    breaks = breaks_producers if name in SENT_TO_US else breaks_consumers
    assert breaks(published(name), current(name)) == [], CURE


def test_topics_and_headers_are_what_they_were_published_to_be() -> None:
    assert topic_breaks(published("asyncapi.json"), current("asyncapi.json")) == [], CURE


@pytest.mark.parametrize("gone", ["requests", "predictions"])
def test_a_renamed_topic_is_noticed(gone: str) -> None:
    changed = current("asyncapi.json")
    changed["channels"][gone]["address"] += "x"
    assert topic_breaks(published("asyncapi.json"), changed) == [f"{gone}: the topic has another name"]


def test_a_header_that_became_a_duty_is_noticed() -> None:
    changed = current("asyncapi.json")
    changed["components"]["messages"]["transaction"]["headers"]["required"] = ["client_id"]
    assert topic_breaks(published("asyncapi.json"), changed) == [
        "transaction headers: /client_id: is needed, and may be missing"
    ]


def test_a_header_of_an_outcome_that_is_gone_is_noticed() -> None:
    changed = current("asyncapi.json")
    del changed["components"]["messages"]["rejected"]["headers"]["properties"]["correlation_id"]
    assert topic_breaks(published("asyncapi.json"), changed) == [
        "rejected headers: /correlation_id: was removed"
    ]
