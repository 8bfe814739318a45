"""The committed JSON Schema files are those that the types give."""

import json

from schemas.generate import FOLDER, documents


def test_the_committed_files_are_current() -> None:
    committed = {file.name: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}
    assert committed == json.loads(json.dumps(documents())), "run `make schemas`"
