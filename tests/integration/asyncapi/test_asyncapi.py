"""The AsyncAPI document as AsyncAPI's own parser sees it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.generate import ASYNCAPI

TOOLS = Path(__file__).parents[3] / ".cache" / "node-asyncapi"
VALIDATE = Path(__file__).with_name("validate.cjs")
WARNING = 1


def objections(document: str) -> list[dict[str, Any]]:
    """The parser's errors and warnings; what it says for information (a newer AsyncAPI) is left out."""
    node = TOOLS / "bin" / "node"
    assert node.exists(), "the parser is not installed: run make test-integration"
    done = subprocess.run(
        [node, VALIDATE],
        input=document,
        env={"NODE_PATH": str(TOOLS / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [found for found in json.loads(done.stdout) if found["severity"] <= WARNING]


def test_the_document_is_valid() -> None:
    assert objections(ASYNCAPI.read_text()) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document["channels"].pop("replies"),
        lambda document: document["components"]["schemas"].pop("Problem"),
        lambda document: document["operations"]["setAside"].update(action="publish"),
        lambda document: document["components"]["schemas"]["Transaction"].update(type="transaction"),
    ],
    ids=["a lost topic", "a lost payload", "an unknown action", "an unknown type"],
)
def test_a_damaged_document_is_refused(damage: Any) -> None:  # noqa: ANN401  (each damages another part)
    document = json.loads(ASYNCAPI.read_text())
    damage(document)
    assert objections(json.dumps(document))
