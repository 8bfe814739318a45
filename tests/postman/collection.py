"""The Postman collection as the tests see it: a flat list of its requests. See newman.py for running it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "postman"
COLLECTION = FOLDER / "flowserve.postman_collection.json"


@dataclass(frozen=True)
class Entry:
    """One request of the collection; `place` is its folders and its name, `test` its own test script."""

    place: str
    name: str
    method: str
    url: str
    description: str
    test: str


def entries() -> list[Entry]:
    """Every request, in order."""
    return list(_entries(json.loads(COLLECTION.read_text()), ()))


def environment() -> dict[str, Any]:
    """The committed environment: `values` is a list of {"key", "value", ...}."""
    content: dict[str, Any] = json.loads((FOLDER / "flowserve.postman_environment.json").read_text())
    return content


def _entries(folder: dict[str, Any], above: tuple[str, ...]) -> Iterator[Entry]:
    for item in folder["item"]:
        place = (*above, item["name"])
        if "item" in item:
            yield from _entries(item, place)
        else:
            request = item["request"]
            yield Entry(
                " / ".join(place),
                item["name"],
                request["method"],
                request["url"],
                request.get("description", ""),
                _test_script(item),
            )


def _test_script(item: dict[str, Any]) -> str:
    scripts = [event["script"]["exec"] for event in item.get("event", ()) if event["listen"] == "test"]
    return "\n".join(line for script in scripts for line in script)
