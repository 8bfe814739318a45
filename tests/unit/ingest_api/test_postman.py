"""The Postman collection and the OpenAPI document speak of the same operations and parameters.

`tests/postman` runs the collection; this says within a second what is missing from it, or from the document.
"""

import re
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.postman.collection import FOLDER, entries

ERRORS = "Errors / "
# Their values come out of an answer, so which operation they call stands in their names only.
FOLLOWED = ("{{location}}", "{{repeat_location}}", "{{conflict_location}}")


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def called(document: dict[str, Any]) -> dict[str, set[str]]:
    """The query parameters that the collection uses, by `METHOD path` of the document where that is known."""
    patterns = {path: re.sub(r"\{[^}]+\}", "[^/]+", path) for path in document["paths"]}
    found: dict[str, set[str]] = defaultdict(set)
    for entry in entries():
        if entry.place.startswith(ERRORS) or entry.url.endswith(FOLLOWED):
            continue
        parts = urlsplit(entry.url.removeprefix("{{base_url}}"))
        path = next((path for path, text in patterns.items() if re.fullmatch(text, parts.path)), parts.path)
        found[f"{entry.method} {path}"] |= {name for name, _ in parse_qsl(parts.query)}
    return found


def offered(document: dict[str, Any]) -> dict[str, set[str]]:
    """The query parameters of every operation."""
    return {
        f"{method.upper()} {path}": {
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


async def test_every_operation_is_called_and_nothing_that_is_none(document: dict[str, Any]) -> None:
    assert called(document).keys() - {"GET /openapi.json"} == offered(document).keys()


async def test_every_query_parameter_is_used_and_nothing_that_is_none(document: dict[str, Any]) -> None:
    used, known = called(document), offered(document)
    differing = {name: used[name] ^ known[name] for name in known if used[name] != known[name]}
    assert differing == {}


def test_every_folder_is_described_in_the_readme() -> None:
    text = (FOLDER / "README.md").read_text()
    folders = {place.rpartition(" / ")[0] for place in (entry.place for entry in entries())}
    assert [folder for folder in folders if f"| {folder} |" not in text] == []
