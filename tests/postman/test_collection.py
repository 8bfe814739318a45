"""The Postman collection against a live stack: it passes, and it leaves out nothing that the API offers."""

import re
from collections import Counter
from typing import Any

import pytest

from schemas.problems import CATALOGUE
from tests.postman.collection import entries, environment
from tests.postman.newman import Call, Report

# What a caller meets only where a part is down, slow or overrun, and what only a Kafka record can be.
OUT_OF_REACH = {
    "internal_error",
    "request_timeout",
    "quota_exceeded",
    "overloaded",
    "publish_unknown",
    "store_unavailable",
    "not_ready",
    "key_mismatch",
    "wrong_partition",
    "unknown_client",
}
MIN_DESCRIPTION = 20
MAX_SHOWN = 20


def test_every_assertion_holds(report: Report) -> None:
    if report.failures:
        shown = report.failures[:MAX_SHOWN]
        heading = f"{len(report.failures)} failed; the first {len(shown)}:"
        pytest.fail("\n\n".join((heading, *shown)), pytrace=False)


def test_every_request_is_sent_and_answered(report: Report) -> None:
    answered = {call.name for call in report.calls if call.status}
    assert [entry.place for entry in entries() if entry.name not in answered] == []


def test_every_operation_of_the_api_is_called_with_success(report: Report, openapi: dict[str, Any]) -> None:
    operations = _operations(openapi)
    assert operations
    missing = [
        f"{method} {path}"
        for method, path in operations
        if not any(_calls(call, method, path) and 200 <= call.status < 300 for call in report.calls)
    ]
    assert missing == [], "add a request to postman/flowserve.postman_collection.json"


def test_every_status_that_was_answered_is_in_the_openapi_document(
    report: Report, openapi: dict[str, Any]
) -> None:
    unknown = {
        f"{method} {path} answered {call.status} {call.code}"
        for method, path in _operations(openapi)
        for call in report.calls
        if _calls(call, method, path)
        and str(call.status) not in openapi["paths"][path][method.lower()]["responses"]
    }
    assert sorted(unknown) == []


def test_every_problem_that_a_caller_can_cause_is_met(report: Report) -> None:
    met = {call.code for call in report.calls}
    assert sorted(CATALOGUE.keys() - OUT_OF_REACH - met) == []


def test_every_request_has_an_assertion_of_its_own() -> None:
    assert [entry.place for entry in entries() if "pm.test(" not in entry.test] == []


def test_every_request_is_described() -> None:
    assert [entry.place for entry in entries() if len(entry.description) < MIN_DESCRIPTION] == []


def test_no_two_requests_share_a_name() -> None:
    """A request that asks again is found by its name."""
    assert [name for name, times in Counter(entry.name for entry in entries()).items() if times > 1] == []


def test_the_environment_holds_no_secret() -> None:
    values = {value["key"]: value["value"] for value in environment()["values"]}
    assert values.pop("base_url").startswith("http://127.0.0.1:")
    assert set(values.values()) == {""}


def _operations(openapi: dict[str, Any]) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, operations in openapi["paths"].items() for method in operations]


def _calls(call: Call, method: str, path: str) -> bool:
    pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
    return call.method == method and re.fullmatch(pattern, call.path) is not None
