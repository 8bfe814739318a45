"""The names of the glossary are those of the schemas."""

import re
from pathlib import Path
from typing import get_args

from schemas.outcomes import Decision, Prediction, Source, Status
from schemas.topics import all_topics
from schemas.transaction import Transaction

TEXT = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text()
NAMED = set(re.findall(r"`([a-z][a-z_.0-9]*)`", TEXT))
# Names of headers, rows and routes, which have no class of their own.
ELSEWHERE = {
    *("client_id", "run_id", "is_fraud", "pending", "code", "feature", "message"),
    *("outcome", "error_code", "dlq_error_code"),
}


def test_every_topic_that_is_named_exists() -> None:
    topics = {topic.name for topic in all_topics()}
    assert {name for name in NAMED if name.startswith("flowserve.")} <= topics


def test_every_field_and_value_that_is_named_exists() -> None:
    fields = {*Transaction.__struct_fields__, *Prediction.__struct_fields__, "status"}
    values = {value for kind in (Decision, Source, Status) for value in get_args(kind)}
    names = {name for name in NAMED if not name.startswith("flowserve.")}
    assert names - fields - values == ELSEWHERE


def test_every_value_of_a_closed_list_is_explained() -> None:
    for kind in (Decision, Source, Status):
        assert set(get_args(kind)) <= NAMED
