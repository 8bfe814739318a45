"""`python -m schemas.generate`: writes the JSON Schema files and the AsyncAPI document from the types."""

import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.asyncapi import asyncapi_document
from schemas.feedback_model import FeedbackModel
from schemas.outcomes import Duplicate, Prediction, Rejected
from schemas.problems import Problem
from schemas.transaction_model import TransactionModel

FOLDER = Path(__file__).parent / "json_schema"
ASYNCAPI = Path(__file__).parent / "asyncapi.json"
_EVENTS: tuple[type, ...] = (Prediction, Duplicate, Rejected, Problem)


def documents() -> dict[str, dict[str, Any]]:
    """File name to JSON Schema (draft 2020-12)."""
    found = {
        "transaction.json": TransactionModel.model_json_schema(),
        "feedback.json": FeedbackModel.model_json_schema(),
    }
    for event in _EVENTS:
        found[f"{event.__name__.lower()}.json"] = msgspec.json.schema(event)
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: draft | document for name, document in found.items()}


def main() -> None:
    """Writes every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, document in documents().items():
        _write(FOLDER / name, document)
    _write(ASYNCAPI, asyncapi_document())


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
